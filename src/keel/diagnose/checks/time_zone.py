"""Times that moved by whole hours, and events from the future."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.diagnose.chance import BAR, TOLERATED, surprise_of_count, surprise_of_ratio
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

SECOND = 1_000_000
HOUR = 3600 * SECOND
QUARTER = HOUR // 4
FARTHEST = 14 * HOUR
"""No place on Earth sets its clocks further from UTC."""

SESSION = 6 * HOUR
LEAST_SHARE = 0.01
LEAST_USERS = 20
DAYLIGHT_SAVING = 1
EXPLAINED = 0.5
"""The share of the change of hours that a shift must account for."""
BLOCKS = 4
USUAL = 2.0
"""How many times the change between parts of the training events is still nothing new."""

Float64 = NDArray[np.float64]


def look(context: Context) -> Look:
    """The same events at other times than at training; the hours of new events against those of
    training; events later than the moment they were read."""
    if not context.events.now["time"].count() or not context.events.trained["time"].count():
        return skipped("events have no time")
    parts = (_moved(context), _hours(context), _future(context))
    return Look(
        tuple(sentence for part in parts for sentence in part.saw),
        tuple(finding for part in parts for finding in part.findings),
    )


def _moved(context: Context) -> Look:
    key = ["user", "item", "value"]
    then = context.events.trained.unique(key, keep="none").drop_nulls("time")
    today = context.events.now.unique(key, keep="none").drop_nulls("time")
    both = then.join(today, on=key, nulls_equal=True, suffix="_now")
    if not len(both):
        return Look(("no event of training is found among those of today",))
    moved = (both["time_now"] - both["time"]).alias("by")
    off = moved.filter(moved != 0)
    if not len(off):
        return Look((f"{len(both):,} events of training are read at the same times today",))
    by = int(np.asarray(off.mode())[0])
    count = int((off == by).sum())
    saw = f"{len(off):,} of {len(both):,} events of training are read at other times today"
    zone = abs(by) <= FARTHEST and by % QUARTER == 0
    if not zone or count < max(10, LEAST_SHARE * len(both)):
        return Look((saw,))
    evidence = (
        f"{count:,} of {len(both):,} events ({count / len(both):.0%}) that training had are read "
        f"today exactly {by / HOUR:+g} h from where they were"
    )
    expected = TOLERATED * len(both)
    surprise = surprise_of_count(count, expected)
    return Look((saw,), (_finding(evidence, Severity.CERTAIN, surprise, count / len(both)),))


def _future(context: Context) -> Look:
    ahead = context.events.now.filter(pl.col("time") > context.situation.as_of + 5 * 60 * SECOND)
    if not len(ahead):
        return Look(("no event is later than the moment it was read",))
    recent = context.events.now.filter(pl.col("time") > context.situation.as_of - 24 * HOUR)
    most = (int(np.asarray(ahead["time"].max())) - context.situation.as_of) / HOUR
    evidence = (
        f"{len(ahead):,} events lie in the future, up to {most:.1f} h after they were read: their "
        "clock is ahead"
    )
    surprise = surprise_of_count(len(ahead), TOLERATED * max(len(recent), 1))
    share = len(ahead) / max(1, len(recent))
    if surprise < BAR:
        return Look((evidence,))
    return Look((evidence,), (_finding(evidence, Severity.CERTAIN, surprise, share),))


@dataclass(frozen=True, eq=False)
class _Sessions:
    """hour: [n] in which each began, in UTC; user: [n]."""

    hour: NDArray[np.int64]
    user: NDArray[np.int64]

    def profile(self) -> Float64:
        """[24] how many users' worth of sessions began in each hour: a user counts once."""
        weight = 1.0 / np.maximum(np.bincount(self.user), 1)[self.user]
        return np.bincount(self.hour, weight, minlength=24).astype(np.float64)

    @property
    def users(self) -> int:
        return len(np.unique(self.user))


def _hours(context: Context) -> Look:
    then, fresh = _sessions(context.events.trained), _sessions(context.events.fresh)
    if fresh.users < LEAST_USERS or then.users < LEAST_USERS:
        return Look((f"too few users ({fresh.users}) came since training to compare hours",))
    usual = max(_best(*pair).gain for pair in _blocks(context.events.trained))
    best = _best(then, fresh)
    surprise = surprise_of_ratio(best.log_ratio, 23)
    saw = (
        f"sessions of {fresh.users:,} users since training begin in hours like those of training"
        if best.by == 0
        else f"sessions since training look most like those of training {best.by:+d} h"
    )
    healthy = (
        surprise < BAR
        or abs(best.by) <= DAYLIGHT_SAVING
        or best.explained < EXPLAINED
        or best.gain < USUAL * usual
    )
    if healthy:
        return Look((saw,))
    evidence = (
        f"sessions of {fresh.users:,} users since training begin {best.by:+d} h from when those of "
        f"training did; the shift accounts for {best.explained:.0%} of the change of hours"
    )
    return Look((saw,), (_finding(evidence, Severity.SUSPECT, surprise, 1.0),))


@dataclass(frozen=True)
class _Shift:
    by: int
    log_ratio: float
    gain: float
    explained: float


def _best(then: _Sessions, other: _Sessions) -> _Shift:
    """The shift under which `other` looks most like `then`. gain: of log likelihood by user."""
    counts = other.profile()
    profile = then.profile() + 1.0
    profile = profile / profile.sum()
    log = np.log(np.stack([np.roll(profile, by) for by in range(24)]))
    fits = log @ counts
    by = int(fits.argmax())
    shares = counts / counts.sum()
    best = float(np.sum(shares * np.log(np.maximum(shares, 1e-12))))
    lost = best - float(fits[0]) / counts.sum()
    left = best - float(fits[by]) / counts.sum()
    ratio = float(fits[by] - fits[0])
    # The profile of training is itself known from so many users only.
    ratio *= then.users / (then.users + other.users)
    signed = by - 24 if by > 12 else by
    return _Shift(signed, ratio, ratio / other.users, 1 - left / lost if lost > 0 else 0.0)


def _blocks(events: pl.DataFrame) -> list[tuple[_Sessions, _Sessions]]:
    """Each quarter of the training events, in order of time, against the rest."""
    events = events.drop_nulls("time")
    at = np.arange(len(events)) * BLOCKS // max(1, len(events))
    pairs = []
    for block in range(BLOCKS):
        rest = _sessions(events.filter(pl.Series(at != block)))
        part = _sessions(events.filter(pl.Series(at == block)))
        if part.users >= LEAST_USERS and rest.users >= LEAST_USERS:
            pairs.append((rest, part))
    return pairs or [(_sessions(events), _sessions(events))]


def _sessions(events: pl.DataFrame) -> _Sessions:
    known = events.drop_nulls("time").sort("user", "time")
    user, time = known["user"].to_numpy(), known["time"].to_numpy()
    first = np.ones(len(user), dtype=np.bool_)
    first[1:] = (user[1:] != user[:-1]) | (np.diff(time) > SESSION)
    return _Sessions(time[first] // HOUR % 24, user[first])


def _finding(evidence: str, severity: Severity, surprise: float, share: float) -> Finding:
    return Finding(
        "time-zone shift",
        severity,
        evidence,
        "order and recency of what users did are wrong, and an event may come before the answer "
        "that led to it",
        "read these times with the zone they were written in (store UTC), repair what is stored, "
        "and train again",
        surprise,
        min(1.0, share),
        ("distribution shift", "stale events", "seen-filter off"),
    )

"""Events that were recorded more than once."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from keel.diagnose.chance import BAR, TOLERATED, surprise_of_count
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look

SECOND = 1_000_000
SOON = 60 * SECOND
LEAST_SHARE = 0.005
ONE_GAP = 0.5
"""Of all repetitions, the share at one exact distance that no person keeps to."""


def look(context: Context) -> Look:
    """Equal rows, repetitions within a minute, and repetitions at one exact distance in time.

    Where times are coarse, or missing, equal rows may be honest: as many are expected as there are
    repetitions at the next distance, or as there were at training.
    """
    events = context.situation.now
    saw = []
    findings = []
    for way, count, expected, affected_user in _ways(context):
        share = count / max(1, len(events))
        saw.append(f"{count:,} of {len(events):,} events are {way} ({share:.2%})")
        surprise = surprise_of_count(count, expected + TOLERATED * len(events))
        if surprise >= BAR and share >= LEAST_SHARE:
            findings.append(_finding(way, count, len(events), expected, surprise))
        if affected_user:
            saw.append(f"of the user's events {affected_user:,} are {way}")
    return Look(tuple(saw), tuple(findings))


def _ways(context: Context) -> Iterator[tuple[str, int, float, int]]:
    """In words, how many, how many are usual, and how many of the user's."""
    events = context.situation.now
    equal = len(events) - len(context.events.now)
    gaps = _gaps(context.events.now)
    unit = _unit(context.events.now["time"])
    then = len(context.situation.trained)
    if unit is None:
        expected = (then - len(context.events.trained)) / max(1, then) * len(events)
    else:
        expected = float((gaps["gap"] == unit).sum())
    mine = 0
    if context.events.user is not None:
        named = events.filter(pl.col("user") == context.situation.user)
        mine = len(named) - len(named.unique())
    yield "equal to another in all columns", equal, expected, mine
    if unit is None or unit > SECOND or not len(gaps):
        return
    soon = gaps.filter(pl.col("gap") <= SOON)
    later = int(gaps["gap"].is_between(SOON, 10 * SOON, closed="right").sum())
    yield "repeated within a minute", len(soon), later / 9, _mine(soon, context)
    rest = gaps.filter(pl.col("gap") > SOON)
    if not len(rest):
        return
    usual = rest["gap"].mode().min()
    same = rest.filter(pl.col("gap") == usual)
    if len(same) >= ONE_GAP * len(rest) and isinstance(usual, int):
        way = f"repeated after exactly {usual / SECOND / 3600:,.2f} h"
        yield way, len(same), 0.0, _mine(same, context)


def _gaps(events: pl.DataFrame) -> pl.DataFrame:
    """Microseconds since the same user did the same with the same item, above 0."""
    same = ["user", "item", "value"]
    gap = pl.col("time").diff().over(same).alias("gap")
    return events.select("user", gap).filter(pl.col("gap") > 0)


def _unit(time: pl.Series) -> int | None:
    """The coarsest of day, hour, minute, second and less that all times keep to; None without."""
    if time.null_count() == len(time):
        return None
    known = time.drop_nulls().to_numpy()
    for unit in (86_400 * SECOND, 3_600 * SECOND, SOON, SECOND):
        if not np.any(known % unit):
            return unit
    return 1


def _mine(rows: pl.DataFrame, context: Context) -> int:
    return 0 if context.events.user is None else int((rows["user"] == context.events.user).sum())


def _finding(way: str, count: int, events: int, expected: float, surprise: float) -> Finding:
    return Finding(
        "duplicated events",
        Severity.SUSPECT,
        f"{count:,} of {events:,} events ({count / events:.1%}) are {way}; {expected:,.0f} would "
        "be usual",
        "what is recorded twice counts twice: popularity, recency and figures are off, and a "
        "retrained version learns it",
        "find where events are delivered twice (a retry, a job that ran again, two sources that "
        "overlap), give each event a key, and train again",
        surprise,
        min(1.0, 2 * count / events),
        ("popularity feedback loop", "distribution shift"),
    )

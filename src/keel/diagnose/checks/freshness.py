"""How old the newest event is, in all and of one user."""

import math

import numpy as np
import polars as pl

from keel.diagnose.chance import BAR, surprise_of_ratio
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

HOUR_US = 3600 * 1_000_000
MOST_HOURS = 72
"""A longer time is told in days."""


def look(context: Context) -> Look:
    """The age of the newest event, beyond what is usual, against the longest silence before."""
    time = context.events.now["time"].drop_nulls()
    if not len(time):
        return skipped("events have no time")
    stamps = np.sort(time.to_numpy())
    age = max(0, context.situation.as_of - int(stamps[-1]))
    events = context.events
    longest = max(1, int(np.diff(stamps).max(initial=1)))
    saw = [
        (
            f"{len(events.now):,} events of {events.now['user'].n_unique():,} users, the newest "
            f"{_told(age)} old; {len(events.fresh):,} came since training"
        )
    ]
    saw.extend(_of_user(context))
    # Silences are at most exponential in their longest: one twice as long is as unlikely as
    # all but one of n being shorter, again.
    surprise = surprise_of_ratio(
        math.log(max(2, len(stamps))) * ((age - context.situation.lag) / longest - 1)
    )
    if surprise < BAR or age < 24 * HOUR_US:
        return Look(tuple(saw))
    evidence = (
        f"no event for {_told(age)}; the longest silence before was {_told(longest)}, and the "
        f"newest was {_told(context.situation.lag)} old when the version was made"
    )
    finding = Finding(
        "stale events",
        Severity.SUSPECT,
        evidence,
        "answers do not follow what users do now",
        "look at what writes the events; then ask again",
        surprise,
        1.0,
    )
    return Look(tuple(saw), (finding,))


def _of_user(context: Context) -> list[str]:
    if context.events.user is None:
        return []
    mine = context.events.now.filter(pl.col("user") == context.events.user)
    if not len(mine):
        return [f"user {context.situation.user} has no event"]
    fresh = context.events.fresh.filter(pl.col("user") == context.events.user)
    newest = mine["time"].max()
    age = "" if newest is None else _age(context.situation.as_of - int(np.asarray(newest)))
    return [
        (
            f"user {context.situation.user} has {len(mine):,} events{age}, {len(fresh):,} of them "
            "since training"
        )
    ]


def _age(microseconds: int) -> str:
    return f", the newest {_told(microseconds)} old"


def _told(microseconds: int) -> str:
    hours = microseconds / HOUR_US
    return f"{hours:,.1f} h" if hours < MOST_HOURS else f"{hours / 24:,.0f} days"

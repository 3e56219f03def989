"""Whether an item id still means the item it meant at training."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from keel.diagnose.chance import BAR, TOLERATED, surprise_of_count
from keel.diagnose.coded import share_of
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look

LEAST_SHARE = 0.01
ONE_OFFSET = 0.8
LOST = 0.1
FOLLOWS = (
    "distribution shift",
    "mislabelled items",
    "stale item table",
    "lost events",
    "seen-filter off",
)


def look(context: Context) -> Look:
    """Events of training, found again today by user, time and value: do they name the same item?
    Where events have no time: are the pairs of user and item still there?"""
    pairs = context.events.trained.select("user", "item").unique()
    there = pairs.join(
        context.events.now.select("user", "item").unique(), on=["user", "item"], how="semi"
    )
    share = len(there) / max(1, len(pairs))
    saw = f"{share:.1%} of {len(pairs):,} pairs of user and item of training are among today's"
    renamed = _renamed(context)
    if renamed is not None and renamed.share >= LEAST_SHARE and renamed.surprise >= BAR:
        return Look((saw, renamed.evidence), (_finding(renamed),))
    lost = 1 - share
    surprise = surprise_of_count(len(pairs) - len(there), LOST / 10 * len(pairs))
    if lost < LOST or surprise < BAR:
        return Look((saw,))
    return Look((saw,), (_lost(saw, lost, surprise),))


@dataclass(frozen=True)
class _Renamed:
    """offset: what most renamed ids differ by; None where there is no one number."""

    offset: int | None
    share: float
    surprise: float
    evidence: str


def _renamed(context: Context) -> _Renamed | None:
    key = ["user", "time", "value"]
    then = context.events.trained.drop_nulls("time").unique(key, keep="none")
    today = context.events.now.drop_nulls("time").unique(key, keep="none")
    both = then.join(today, on=key, nulls_equal=True, suffix="_now")
    if not len(both):
        return None
    # Where the pair is still there, another event of the user is meant.
    off = both.filter(pl.col("item") != pl.col("item_now")).join(
        context.events.now.select("user", "item").unique(), on=["user", "item"], how="anti"
    )
    share = len(off) / len(both)
    if not len(off):
        return _Renamed(None, 0.0, 0.0, "")
    numbers = context.events.items.cast(pl.Int64, strict=False)
    by = numbers.gather(off["item_now"]) - numbers.gather(off["item"])
    common = None if by.null_count() else int(np.asarray(by.mode())[0])
    offset = common if common and share_of(by == common) >= ONE_OFFSET else None
    how = f"the id {offset:+d}" if offset is not None else "another id"
    evidence = (
        f"{len(off):,} of {len(both):,} events ({share:.0%}) of training, found again by user, "
        f"time and value, bear {how} today"
    )
    surprise = surprise_of_count(len(off), TOLERATED * len(both))
    return _Renamed(offset, share, surprise, evidence)


def _finding(renamed: _Renamed) -> Finding:
    shuffled = renamed.offset is None
    return Finding(
        "shuffled item ids" if shuffled else "train/serve id offset",
        Severity.CERTAIN,
        renamed.evidence,
        "the version answers for the items that the ids meant at training",
        "restore the ids of the catalogue, or read events and items again and train anew; give "
        "items ids that are never reused",
        renamed.surprise,
        renamed.share,
        FOLLOWS,
    )


def _lost(evidence: str, lost: float, surprise: float) -> Finding:
    return Finding(
        "lost events",
        Severity.SUSPECT,
        evidence,
        "histories are shorter than what the version learned from, and what was left out because "
        "it was seen comes back",
        "find out whether events were deleted on purpose; if not, restore them",
        surprise,
        lost,
        ("seen-filter off",),
    )

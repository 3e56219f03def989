"""Whether users are shown what they already used."""

import polars as pl

from keel.diagnose.chance import BAR, TOLERATED, surprise_of_count
from keel.diagnose.coded import code, share_of
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

MINUTE_US = 60 * 1_000_000
LEAST_SHARE = 0.005
SELDOM = 0.05
"""Where fewer pairs of user and item come again, nobody wants what was seen."""


def look(context: Context) -> Look:
    """Items shown to a user who had used them before, at least a minute earlier."""
    shown = _shown(context)
    if not len(shown):
        return skipped("no answer was logged")
    events = context.events.now.select("user", "item", pl.col("time").alias("used"))
    first = events.group_by("user", "item").agg(pl.col("used").min())
    again = shown.join(first, on=["user", "item"]).filter(
        pl.col("used").is_null() | (pl.col("used") < pl.col("time") - MINUTE_US)
    )
    share = len(again) / len(shown)
    lists = again["list"].n_unique() / shown["list"].n_unique()
    saw = [f"{share:.1%} of {len(shown):,} items shown had been used by who was shown them"]
    if context.events.user is not None:
        mine = again.filter(pl.col("user") == context.events.user)
        saw.append(f"of those shown to the user, {len(mine):,}")
    surprise = surprise_of_count(len(again), TOLERATED * len(shown))
    if share < LEAST_SHARE or surprise < BAR or not _unwanted(context):
        return Look(tuple(saw))
    last = context.events.last
    since = 0.0
    if last is not None and len(again):
        since = share_of(again["used"] > last)
    return Look(tuple(saw), (_finding(context, share, lists, since, surprise),))


def _shown(context: Context) -> pl.DataFrame:
    """user, time, item (codes) and the number of the list."""
    answers = context.situation.answers.with_row_index("list").explode("items", empty_as_null=False)
    return answers.select(
        "list",
        code(answers["user"], context.events.users).alias("user"),
        "time",
        code(answers["items"], context.events.items).alias("item"),
    ).drop_nulls(["user", "item"])


def _unwanted(context: Context) -> bool:
    if context.situation.serving.exclude_seen:
        return True
    pairs = context.events.trained.group_by("user", "item").len()
    return share_of(pairs["len"] > 1) < SELDOM


def _finding(
    context: Context, share: float, lists: float, since: float, surprise: float
) -> Finding:
    if context.situation.serving.exclude_seen:
        how = "the setting says that they are left out"
        action = "look at which ids and which history the filter is given"
    else:
        how = "the filter is switched off, though hardly any item is used twice"
        action = "set exclude_seen, in the request's options or for the system"
    if since > 0.9:
        how += "; nearly all were used after training: what is filtered stands still since then"
        action = "give the filter the events since training"
    return Finding(
        "seen-filter off",
        Severity.CERTAIN,
        f"{share:.1%} of the items shown, in {lists:.0%} of the lists, had been used before by "
        f"who was shown them; {how}",
        "places are lost to what users know already",
        action,
        surprise,
        lists,
    )

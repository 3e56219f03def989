"""Popularity: of what is shown against what is used, and whether showing feeds on itself."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from keel.data.histories import histories_of
from keel.diagnose.chance import BAR, surprise_of_mean
from keel.diagnose.coded import code, interactions_of, liked_of
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look

MOST_LISTS = 600
FEWEST_USERS = 10
ORGANIC = 2.0
"""What is shown is used this much more often than what comes right behind it, of its own: a list is
in order of what users want."""
LEAST_FOLLOWED = 0.05
NARROWER = 0.15
"""The share of the variety of events that following the lists must cost to be a loop."""


def look(context: Context) -> Look:
    """How popular what is shown is, and whether users follow the lists into fewer items.

    Items on a list are held against those that the version ranks right behind them for the same
    user at the same time: had the list no effect, they would be used nearly as often. The
    variety of events is the inverse of the chance that two of them are with one item.

    Source: exposure told from relevance at a cut-off: Thistlethwaite and Campbell 1960,
    doi:10.1037/h0044319; variety: Hill 1973, doi:10.2307/1934352, of order two.
    """
    saw = [_popularity(context)]
    followed = _followed(context)
    if followed is None:
        saw.append("too few lists were logged since training to see whether users follow them")
        return Look(tuple(saw))
    saw.append(
        f"of {followed.events:,} events after {followed.lists:,} lists {followed.shown:.1%} are "
        f"with what was on the list, {followed.behind:.1%} with what came right behind; without "
        f"the former events are spread over {followed.rest:,.0f} items, with them over "
        f"{followed.all:,.0f}"
    )
    narrower = 1 - followed.all / max(followed.rest, 1e-9)
    if followed.surprise < BAR or followed.excess < LEAST_FOLLOWED or narrower < NARROWER:
        return Look(tuple(saw))
    finding = Finding(
        "popularity feedback loop",
        Severity.SUSPECT,
        f"{saw[1]}: {narrower:.0%} less variety",
        "the next version learns from what this one showed, shows it more, and ends with a few "
        "items for everybody",
        "show some places at random or by a bandit and learn from those, weigh events by how often "
        "the item was shown, raise diversity",
        followed.surprise,
        followed.excess,
        ("distribution shift",),
    )
    return Look(tuple(saw), (finding,))


def _popularity(context: Context) -> str:
    if not len(context.trial.probe):
        return "no user has a history to ask with"
    share = context.items.counts / max(1, context.events.trained_users)
    k = min(context.situation.serving.k, context.events.catalogue)
    top = np.argsort(-context.trial.asked, axis=1, kind="stable")[:, :k]
    used = share[context.trial.probe.shown.item].mean()
    bias = float(share[top].mean() / max(float(used), 1e-12) - 1)
    return f"what is shown is {bias:+.0%} more popular than what its users used"


@dataclass(frozen=True)
class _Followed:
    """shown, behind: shares of the events. excess: of what was shown beyond the organic. rest,
    all: variety without and with the events that follow a list."""

    events: int
    lists: int
    shown: float
    behind: float
    excess: float
    surprise: float
    rest: float
    all: float


def _followed(context: Context) -> _Followed | None:
    lists = _lists(context)
    if lists["user"].n_unique() < FEWEST_USERS:
        return None
    events = _after(context, lists)
    drawn = events.join(_sample(lists, context.situation.seed), on="list", how="semi")
    if not len(drawn):
        return None
    shown = lists.select("list", pl.col("items").alias("item")).explode("item", empty_as_null=False)
    behind = _behind(context, lists.join(drawn, on="list", how="semi"))
    on_list = partial(drawn.join, on=["list", "item"], how="semi")
    each = (
        drawn.group_by("user")
        .len("events")
        .join(on_list(shown).group_by("user").len("hits"), on="user", how="left")
        .join(on_list(behind).group_by("user").len("near"), on="user", how="left")
        .fill_null(0)
        .sort("user")
    )
    total = int(each["events"].sum())
    more = (each["hits"] - ORGANIC * each["near"]).to_numpy().astype(np.float64)
    return _Followed(
        total,
        drawn["list"].n_unique(),
        float(each["hits"].sum() / total),
        float(each["near"].sum() / total),
        float(more.sum() / total),
        surprise_of_mean(more),
        _variety(events.join(shown, on=["list", "item"], how="anti")["item"]),
        _variety(events["item"]),
    )


def _after(context: Context, lists: pl.DataFrame) -> pl.DataFrame:
    """user, item, and the list that the user saw last before the event."""
    return (
        context.events.now.select("user", "item", "time")
        .drop_nulls()
        .join_asof(
            lists.select("user", "list", pl.col("time").alias("at")),
            left_on="time",
            right_on="at",
            by="user",
            check_sortedness=False,
        )
        .drop_nulls("list")
    )


def _lists(context: Context) -> pl.DataFrame:
    """list, user, time, items (codes) of the answers since training, in order of time."""
    answers = context.situation.answers
    last = context.events.last
    if last is not None:
        answers = answers.filter(pl.col("time") > last)
    coded = answers.with_row_index("list").explode("items", empty_as_null=False)
    return (
        coded.select(
            "list",
            code(coded["user"], context.events.users).alias("user"),
            "time",
            code(coded["items"], context.events.items).alias("items"),
        )
        .drop_nulls()
        .group_by("list", "user", "time", maintain_order=True)
        .agg("items")
        .sort("time", "list")
    )


def _sample(lists: pl.DataFrame, seed: int) -> pl.DataFrame:
    if len(lists) <= MOST_LISTS:
        return lists
    chosen = np.random.default_rng([seed, 5]).choice(len(lists), MOST_LISTS, replace=False)
    return lists[np.sort(chosen)]


def _behind(context: Context, lists: pl.DataFrame) -> pl.DataFrame:
    """list, item: as many items as were shown, those that rank next for the same history."""
    rows = lists.with_row_index("row")
    past = (
        rows.select("row", "user", pl.col("time").alias("at"))
        .join(context.events.now, on="user")
        .filter(pl.col("time") < pl.col("at"))
        .with_columns(pl.col("row").cast(pl.Int64).alias("user"))
    )
    liked = liked_of(past, context.situation.serving.liked)
    histories = histories_of(interactions_of(liked, len(rows), context.events.catalogue))
    scores = np.array(context.situation.model.scores(histories), dtype=np.float32)
    known = past.filter(pl.col("item") < context.events.catalogue)
    scores[known["user"].to_numpy(), known["item"].to_numpy()] = -np.inf
    shown = rows.select("row", "items").explode("items", empty_as_null=False)
    shown = shown.filter(pl.col("items") < context.events.catalogue)
    scores[shown["row"].to_numpy(), shown["items"].to_numpy()] = -np.inf
    k = min(context.situation.serving.k, context.events.catalogue)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return pl.DataFrame({"list": np.repeat(lists["list"].to_numpy(), k), "item": best.ravel()})


def _variety(items: pl.Series) -> float:
    """How many equally used items would be met again as often."""
    count = items.value_counts()["count"].to_numpy().astype(np.float64)
    total = count.sum()
    again = float((count * (count - 1)).sum() / max(total * (total - 1), 1.0))
    return 1 / again if again > 0 else float(total)

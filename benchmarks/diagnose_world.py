"""Recommenders that are well: real events cut at a moment, a model, its answers, and today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from keel.data.histories import Histories, histories_of
from keel.data.interactions import Interactions
from keel.diagnose.situation import ANSWER_SCHEMA, AskedModel, Serving, Situation
from keel.train.recommend.catalogue import recommenders
from keel.train.recommender import Fit, FittedRecommender

K = 10
CHUNK = 10
"""A user looks at a new list after so many events."""
HOUR = 3600 * 1_000_000


@dataclass(frozen=True, eq=False)
class World:
    """events: `EVENT_SCHEMA`, in order of time. items: id, title, genres."""

    events: pl.DataFrame
    items: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Life:
    """A situation with what made it: the fitted model, the interactions it learned from."""

    situation: Situation
    fitted: FittedRecommender
    world: World


def read_movielens(folder: Path) -> World:
    """MovieLens-100k."""
    events = pl.read_csv(
        folder / "u.data",
        separator="\t",
        has_header=False,
        new_columns=["user", "item", "value", "time"],
    )
    events = events.select(
        pl.col("user").cast(pl.String),
        pl.col("item").cast(pl.String),
        (pl.col("time") * 1_000_000).alias("time"),
        pl.col("value").cast(pl.Float64),
    ).sort("time", maintain_order=True)
    genres = [
        line.split("|")[0] for line in (folder / "u.genre").read_text().splitlines() if "|" in line
    ]
    rows = []
    for line in (folder / "u.item").read_text(encoding="latin-1").splitlines():
        parts = line.split("|")
        labels = [name for name, bit in zip(genres, parts[5:], strict=True) if bit == "1"]
        rows.append((parts[0], parts[1], "|".join(labels)))
    items = pl.DataFrame(rows, schema=["id", "title", "genres"], orient="row")
    return World(events, items)


def thin(world: World, share: float, random: np.random.Generator) -> World:
    """A share of the users."""
    users = world.events["user"].unique().sort()
    kept = users.gather(np.sort(random.permutation(len(users))[: int(share * len(users))]))
    return replace(world, events=world.events.filter(pl.col("user").is_in(kept.implode())))


def live(
    world: World,
    random: np.random.Generator,
    *,
    algorithm: str,
    cut: float,
    horizon: float,
    liked: float | None = None,
    parameters: dict | None = None,
    serve: Callable[[FittedRecommender], Callable[[Histories], np.ndarray]] | None = None,
    learn: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> Life:
    """Train at the `cut` of all events, then live for a `horizon` of them. serve: what answers, in
    place of the model. learn: what is learned from, in place of what is recorded."""
    n = len(world.events)
    trained = world.events[: int(cut * n)]
    now = world.events[: int(min(1.0, cut + horizon) * n)]
    items_then = world.items.filter(pl.col("id").is_in(trained["item"].implode()))
    items_now = world.items.filter(pl.col("id").is_in(now["item"].implode()))
    catalogue = tuple(str(i) for i in sorted(int(i) for i in items_then["id"]))
    seed = int(random.integers(1000))
    ranks = recommenders()[algorithm].answers == "rank"
    model, fitted = train(
        trained if learn is None else learn(trained),
        catalogue,
        algorithm,
        seed,
        liked,
        parameters or {},
        users=users_of(trained),
    )
    if serve is not None:
        model = replace(model, scores=serve(fitted))
    situation = Situation(
        model=model,
        trained=trained,
        now=now,
        as_of=int(now["time"].max()) + HOUR // 2,
        items_then=items_then,
        items_now=items_now,
        serving=Serving(k=K, liked=liked if ranks else None),
        seed=int(random.integers(1000)),
    )
    situation = replace(situation, answers=answers(situation))
    return Life(situation, fitted, world)


def users_of(events: pl.DataFrame) -> list[str]:
    return sorted(events["user"].unique(), key=int)


def train(
    events: pl.DataFrame,
    catalogue: tuple[str, ...],
    algorithm: str,
    seed: int,
    liked: float | None,
    parameters: dict,
    users: Sequence[str],
) -> tuple[AskedModel, FittedRecommender]:
    """A model as a walk would record it."""
    recommender = recommenders()[algorithm]
    if liked is not None and recommender.answers == "rank":
        events = events.filter(pl.col("value") >= liked)
    interactions = as_interactions(events, users, catalogue)
    fit = Fit(interactions, parameters, seed, 2)
    fitted = recommender.fit(fit)
    return AskedModel(
        "movies@1", algorithm, catalogue, fitted.scores, fitted.parameters, seed
    ), fitted


def as_interactions(
    events: pl.DataFrame, users: Sequence[str], catalogue: Sequence[str]
) -> Interactions:
    user = {name: place for place, name in enumerate(users)}
    item = {name: place for place, name in enumerate(catalogue)}
    kept = events.filter(pl.col("item").is_in(list(catalogue)), pl.col("user").is_in(list(users)))
    return Interactions(
        np.array([user[u] for u in kept["user"]], dtype=np.int64),
        np.array([item[i] for i in kept["item"]], dtype=np.int64),
        len(users),
        len(catalogue),
        kept["time"].to_numpy().astype("datetime64[us]"),
        kept["value"].to_numpy(),
    )


def answers(
    situation: Situation,
    *,
    hide: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    bare: float = 0.0,
    random: np.random.Generator | None = None,
) -> pl.DataFrame:
    """Lists shown to users who came since training, one before every `CHUNK` of their events.
    hide: which events of the past are left out. bare: share of lists with nothing left out."""
    last = situation.trained["time"].max()
    now = situation.now
    fresh = now.filter(pl.col("time") > last).with_columns(
        (pl.int_range(pl.len()).over("user") // CHUNK).alias("chunk")
    )
    asked = fresh.group_by("user", "chunk").agg(pl.col("time").min()).sort("time", "user")
    if not len(asked):
        return pl.DataFrame(schema=ANSWER_SCHEMA)
    catalogue = situation.model.catalogue
    rows = []
    by_user = {name[0]: part for name, part in now.partition_by("user", as_dict=True).items()}
    for user, _, time in asked.iter_rows():
        past = by_user[user].filter(pl.col("time") < time)
        rows.append((user, time - 1_000_000, past))
    liked = situation.serving.liked
    place = {name: code for code, name in enumerate(catalogue)}
    out = []
    for start in range(0, len(rows), 256):
        block = rows[start : start + 256]
        pasts = [p if liked is None else p.filter(pl.col("value") >= liked) for _, _, p in block]
        histories = stack(pasts, catalogue)
        scores = np.array(situation.model.scores(histories))
        for (user, time, past), row in zip(block, scores, strict=True):
            hidden = past if hide is None else hide(past)
            if not (bare and random is not None and random.random() < bare):
                row[[place[i] for i in hidden["item"] if i in place]] = -np.inf
            best = np.argsort(-row, kind="stable")[:K]
            out.append((user, time, [catalogue[b] for b in best if np.isfinite(row[b])]))
    return pl.DataFrame(out, schema=ANSWER_SCHEMA, orient="row")


def stack(pasts: Sequence[pl.DataFrame], catalogue: Sequence[str]) -> Histories:
    """One history for each table of events."""
    owner = np.repeat(np.arange(len(pasts)), [len(p) for p in pasts]).astype(str)
    whole = pl.concat([p.select("user", "item", "time", "value") for p in pasts]).with_columns(
        pl.Series("user", owner)
    )
    return histories_of(as_interactions(whole, [str(i) for i in range(len(pasts))], catalogue))

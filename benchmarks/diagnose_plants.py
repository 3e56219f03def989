"""Ten faults of recommenders, each at several strengths and in the ways it comes about."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from diagnose_world import CHUNK, HOUR, K, Life, World, answers, live, stack, train, users_of
from keel.data.histories import Histories
from keel.diagnose.reference import cosine_of, shifted
from keel.diagnose.situation import Serving, Situation
from keel.train.recommender import FittedRecommender

Random = np.random.Generator
Serve = Callable[[FittedRecommender], Callable[[Histories], np.ndarray]]
Plant = Callable[[World, Random], tuple[Situation, str]]
"""A situation with the fault in it, and how it was planted."""

MODELS = ("ease", "als", "item_neighbours")


def host(world: World, random: Random, **more) -> Life:
    """A recommender that is well, as others are: its model, moment and age drawn."""
    return live(
        world,
        random,
        **{
            "algorithm": str(random.choice(MODELS)),
            "cut": float(random.uniform(0.5, 0.85)),
            "horizon": float(random.uniform(0.05, 0.15)),
            "liked": None if random.random() < 0.5 else 4.0,
            **more,
        },
    )


def behind(
    into: Callable[[int], np.ndarray] | None, out: Callable[[int], np.ndarray] | None
) -> Serve:
    """Answers with ids mapped on the way in, and on the way out."""

    def serve(fitted: FittedRecommender) -> Callable[[Histories], np.ndarray]:
        def scores(histories: Histories) -> np.ndarray:
            asked = histories if into is None else shifted(histories, into(histories.items))
            given = fitted.scores(asked)
            return given if out is None else given[:, out(histories.items)]

        return scores

    return serve


def shuffled_ids(world: World, random: Random) -> tuple[Situation, str]:
    share = float(random.choice([0.3, 0.6, 1.0]))
    way = str(random.choice(["served both ways", "served answers", "events today", "item table"]))
    seed = int(random.integers(1 << 30))

    def permute(items: int) -> np.ndarray:
        own = np.random.default_rng(seed)
        chosen = np.sort(own.permutation(items)[: int(share * items)])
        to = np.arange(items)
        to[chosen] = own.permutation(chosen)
        return to

    told = f"{way}, {share:.0%} of the items"
    if way.startswith("served"):
        both = way == "served both ways"
        serve = behind(permute if both else None, permute)
        return host(world, random, serve=serve).situation, told
    life = host(world, random)
    situation = life.situation
    ids = sorted(situation.now["item"].unique(), key=int)
    other = {name: ids[to] for name, to in zip(ids, permute(len(ids)), strict=True)}
    if way == "events today":
        now = situation.now.with_columns(pl.col("item").replace_strict(other))
        return replace(situation, now=now), told
    mixed = situation.items_now.with_columns(
        pl.col("id").replace_strict(other, default=pl.col("id"))
    ).sort(pl.col("id").cast(pl.Int64))
    return replace(situation, items_now=mixed), told


def id_offset(world: World, random: Random) -> tuple[Situation, str]:
    by = int(random.choice([1, -1, 2, -3, 10, 37]))
    way = str(random.choice(["both ways", "histories", "answers", "events today"]))
    told = f"{way}, {by:+d}"
    if way == "events today":
        situation = host(world, random).situation
        ids = (pl.col("item").cast(pl.Int64) + by).cast(pl.String)
        return replace(situation, now=situation.now.with_columns(ids)), told

    def move(items: int) -> np.ndarray:
        return (np.arange(items) + by) % items

    into = move if way != "answers" else None
    out = move if way != "histories" else None
    return host(world, random, serve=behind(into, out)).situation, told


def seen_filter_off(world: World, random: Random) -> tuple[Situation, str]:
    life = host(world, random)
    situation = life.situation
    way = str(random.choice(["all lists", "some lists", "stale history", "setting"]))
    last = situation.trained["time"].max()
    if way == "stale history":
        shown = answers(situation, hide=lambda past: past.filter(pl.col("time") <= last))
    else:
        bare = {"all lists": 1.0, "some lists": float(random.choice([0.1, 0.3])), "setting": 1.0}
        shown = answers(situation, bare=bare[way], random=random)
    if way == "setting":
        situation = replace(situation, serving=replace(situation.serving, exclude_seen=False))
    return replace(situation, answers=shown), way


def feedback_loop(world: World, random: Random) -> tuple[Situation, str]:
    """Users take what is shown with a chance, in rounds; each round is learned from."""
    chance = float(random.choice([0.3, 0.5, 0.8]))
    rounds = int(random.choice([2, 3]))
    algorithm = str(random.choice((*MODELS, "popularity")))
    n = len(world.events)
    start = float(random.uniform(0.5, 0.6))
    step = 0.1
    events = world.events[: int(start * n)]
    logs = []
    for number in range(rounds):
        trained = events
        low, high = (int((start + (number + i) * step) * n) for i in (0, 1))
        model, _ = train(trained, catalogue_of(trained), algorithm, 7, None, {}, users_of(trained))
        lived, log = follow(events, world.events[low:high], model, chance, random)
        events = pl.concat([events, lived])
        logs.append(log)
    items = world.items
    situation = Situation(
        model=model,
        trained=trained,
        now=events,
        as_of=int(events["time"].max()) + HOUR // 2,
        items_then=items.filter(pl.col("id").is_in(trained["item"].implode())),
        items_now=items.filter(pl.col("id").is_in(events["item"].implode())),
        answers=pl.concat(logs),
        serving=Serving(k=K),
        seed=int(random.integers(1000)),
    )
    return situation, f"{algorithm}, {chance:.0%} of events follow the list, {rounds} rounds"


def catalogue_of(events: pl.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(events["item"].unique(), key=int))


def follow(past, coming, model, chance: float, random: Random):
    """Events to come, some replaced by what was shown, and what was shown."""
    place = {name: code for code, name in enumerate(model.catalogue)}
    done: dict[str, list] = {
        name[0]: part.rows() for name, part in past.partition_by("user", as_dict=True).items()
    }
    coming = coming.with_columns((pl.int_range(pl.len()).over("user") // CHUNK).alias("chunk"))
    lived, log = [], []
    for (_,), chunk in sorted(coming.partition_by("chunk", as_dict=True).items()):
        users = chunk["user"].unique().sort().to_list()
        pasts = [pl.DataFrame(done.get(u, []), schema=past.schema, orient="row") for u in users]
        scores = np.array(model.scores(stack(pasts, model.catalogue)))
        by_user = {name[0]: part for name, part in chunk.partition_by("user", as_dict=True).items()}
        for user, row in zip(users, scores, strict=True):
            used = {event[1] for event in done.get(user, [])}
            row[[place[i] for i in used if i in place]] = -np.inf
            best = np.argsort(-row, kind="stable")[:K]
            shown = [model.catalogue[b] for b in best]
            mine = by_user[user].drop("chunk").rows()
            log.append((user, mine[0][2] - 1_000_000, shown))
            left = list(shown)
            for event in mine:
                item = event[1]
                if left and random.random() < chance:
                    item = left.pop(min(len(left) - 1, int(random.geometric(0.3)) - 1))
                if item in used:
                    continue
                used.add(item)
                if item in left:
                    left.remove(item)
                new = (event[0], item, event[2], event[3])
                lived.append(new)
                done.setdefault(user, []).append(new)
    schema = {"user": pl.String, "time": pl.Int64, "items": pl.List(pl.String)}
    return (
        pl.DataFrame(lived, schema=past.schema, orient="row").sort("time", maintain_order=True),
        pl.DataFrame(log, schema=schema, orient="row"),
    )


def stale_item_table(world: World, random: Random) -> tuple[Situation, str]:
    life = host(world, random)
    situation = life.situation
    way = str(random.choice(["new items lack", "an old copy", "withdrawn items are shown"]))
    if way == "new items lack":
        return replace(situation, items_now=situation.items_then), way
    used = situation.now.group_by("item").len().sort("len", "item", descending=True)
    if way == "an old copy":
        share = float(random.choice([0.05, 0.2]))
        first = situation.now.group_by("item").agg(pl.col("time").min()).sort("time")
        gone = first["item"][int((1 - share) * len(first)) :]
    else:
        share = float(random.choice([0.02, 0.1]))
        gone = used["item"][:400].sample(int(share * 400), seed=int(random.integers(1 << 30)))
    table = situation.items_now.filter(~pl.col("id").is_in(gone.implode()))
    return replace(situation, items_now=table), f"{way}, {share:.0%}"


def inverted_threshold(world: World, random: Random) -> tuple[Situation, str]:
    way = str(random.choice(["recorded", "while fitting"]))
    cut = float(random.choice([3.0, 4.0]))
    liked = cut if way == "while fitting" or random.random() < 0.5 else None
    algorithm = str(random.choice(MODELS))
    wrong = pl.col("value") < cut
    if way == "while fitting":

        def learn(events: pl.DataFrame) -> pl.DataFrame:
            # Those that pass the wrong side, so that the right filter keeps them.
            return events.filter(wrong).with_columns(value=10 - pl.col("value"))

        life = host(world, random, liked=cut, algorithm=algorithm, learn=learn)
        return life.situation, f"{way}, {algorithm}, {cut:g}"
    n = len(world.events)
    life = host(world, random, liked=None, algorithm=algorithm, learn=lambda e: e.filter(wrong))
    situation = life.situation
    situation = replace(
        situation,
        trained=situation.trained.filter(wrong),
        serving=replace(situation.serving, liked=liked),
    )
    return situation, f"{way}, {algorithm}, {cut:g} of {n}"


def duplicated_events(world: World, random: Random) -> tuple[Situation, str]:
    situation = host(world, random).situation
    share = float(random.choice([0.02, 0.1, 0.5, 1.0]))
    way = str(random.choice(["equal", "a few seconds later", "a batch again", "lately only"]))
    now = situation.now
    source = now
    if way == "lately only":
        source = now.filter(pl.col("time") > situation.trained["time"].max())
        share = max(share, 0.5)
    rows = np.sort(random.permutation(len(source))[: int(share * len(source))])
    again = source[rows]
    if way == "a few seconds later":
        late = pl.Series(random.integers(1, 31, len(again)) * 1_000_000)
        again = again.with_columns(time=pl.col("time") + late)
    if way == "a batch again":
        again = again.with_columns(time=pl.col("time") + 26 * HOUR)
        again = again.filter(pl.col("time") <= situation.as_of)
    whole = pl.concat([now, again]).sort("time", maintain_order=True)
    return replace(situation, now=whole), f"{way}, {share:.0%}"


def time_zone_shift(world: World, random: Random) -> tuple[Situation, str]:
    situation = host(world, random).situation
    by = int(random.choice([-11, -8, -5, -3, 3, 5, 8, 11]))
    way = str(random.choice(["all as read today", "new events", "half of the old events"]))
    moved = pl.col("time") + by * HOUR
    if way == "new events":
        last = situation.trained["time"].max()
        moved = pl.when(pl.col("time") > last).then(moved).otherwise("time")
    if way == "half of the old events":
        half = pl.col("user").cast(pl.Int64) % 2 == 0
        moved = pl.when(half).then(moved).otherwise("time")
    now = situation.now.with_columns(time=moved).sort("time", maintain_order=True)
    return replace(situation, now=now), f"{way}, {by:+d} h"


def mislabelled_genre(world: World, random: Random) -> tuple[Situation, str]:
    situation = host(world, random).situation
    many = (
        world.items["genres"]
        .str.split("|")
        .explode(empty_as_null=True)
        .value_counts()
        .filter(pl.col("count") >= 60)["genres"]
        .drop_nulls()
        .sort()
        .to_list()
    )
    one, other = (str(name) for name in random.choice(many, 2, replace=False))
    share = float(random.choice([0.25, 0.5, 1.0]))
    both = bool(random.random() < 0.5)
    seed = int(random.integers(1 << 30))

    def swap(table: pl.DataFrame) -> pl.DataFrame:
        own = np.random.default_rng(seed)
        lucky = {i: own.random() < share for i in world.items["id"]}
        rows = []
        for identity, genres in table.select("id", "genres").iter_rows():
            parts = (genres or "").split("|")
            if one in parts and other not in parts and lucky[identity]:
                parts = [other if part == one else part for part in parts]
            rows.append("|".join(parts))
        return table.with_columns(pl.Series("genres", rows))

    told = f"{share:.0%} of {one} as {other}, {'from the start' if both else 'since training'}"
    situation = replace(situation, items_now=swap(situation.items_now))
    if both:
        situation = replace(situation, items_then=swap(situation.items_then))
    return situation, told


def cosine(world: World, random: Random) -> tuple[Situation, str]:
    algorithm = str(random.choice(["als", "bpr"]))
    factors = int(random.choice([16, 32, 64]))

    def serve(fitted: FittedRecommender) -> Callable[[Histories], np.ndarray]:
        scorer = cosine_of(fitted)
        if scorer is None:
            raise ValueError(algorithm)
        return scorer

    life = host(world, random, algorithm=algorithm, parameters={"factors": factors}, serve=serve)
    return life.situation, f"{algorithm}, {factors} factors"


PLANTS: dict[str, Plant] = {
    "shuffled item ids": shuffled_ids,
    "train/serve id offset": id_offset,
    "seen-filter off": seen_filter_off,
    "popularity feedback loop": feedback_loop,
    "stale item table": stale_item_table,
    "inverted rating threshold": inverted_threshold,
    "duplicated events": duplicated_events,
    "time-zone shift": time_zone_shift,
    "mislabelled items": mislabelled_genre,
    "cosine for dot product": cosine,
}
"""By the kind of finding that names it."""

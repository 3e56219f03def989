"""How many planted faults are named first or second, how many healthy recommenders raise an alarm,
and how long a diagnosis of a million events takes.

Takes real ratings from the folder that KEEL_TEST_DATA names. The thresholds of the checks were
looked at with seeds below 100; `--fresh` draws faults and hosts from seeds that had no say in them.
"""

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from diagnose_plants import PLANTS, host
from diagnose_world import World, live, read_movielens, thin
from figures import Figure, report
from keel.diagnose.diagnose import diagnose
from keel.diagnose.situation import Situation

ROUNDS = 5
HEALTHY = 20
MODELS = (
    "popularity",
    "ease",
    "als",
    "item_neighbours",
    "bpr",
    "hybrid",
    "biased_mf",
)
EVENTS = 1_000_000
LEAST_FAULTS = 9
LEAST_SHARE = 0.9
SECONDS = 60.0
FRESH = 1_000


def main() -> int:
    """Print the figures; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--healthy", type=int, default=HEALTHY)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--kind", choices=tuple(PLANTS), help="of fault, only this one")
    parser.add_argument("--only", choices=("faults", "healthy", "time"))
    asked = parser.parse_args()
    if "KEEL_TEST_DATA" not in os.environ:
        print("KEEL_TEST_DATA names no folder of data sets: nothing to measure")
        return 0
    world = read_movielens(Path(os.environ["KEEL_TEST_DATA"]) / "movielens-100k")
    first = FRESH if asked.fresh else 0
    figures = []
    if asked.only in (None, "faults"):
        figures += faults(world, first, asked.rounds, asked.kind)
    if asked.only in (None, "healthy"):
        figures.append(alarms(world, first, asked.healthy))
    if asked.only in (None, "time"):
        figures.append(seconds(world))
    return report(figures, "what a diagnosis of a recommender finds")


def faults(world: World, first: int, rounds: int, only: str | None) -> list[Figure]:
    """How many plants are named first or second, and how many faults are in most rounds."""
    named: Counter[str] = Counter()
    beyond = 0
    kinds = [kind for kind in PLANTS if only in (None, kind)]
    for place, (kind, plant) in enumerate(PLANTS.items()):
        if kind not in kinds:
            continue
        for seed in range(first, first + rounds):
            random = np.random.default_rng([seed, place])
            part = thin(world, float(random.uniform(0.6, 1.0)), random)
            situation, told = plant(part, random)
            found = [finding.kind for finding in diagnose(situation).alarms]
            named[kind] += kind in found[:2]
            beyond += len(found[2:])
            mark = "ok" if kind in found[:2] else "NO"
            said = ", ".join(found) or "nothing"
            print(f"  {mark} {kind} ({told}; {situation.model.algorithm}): {said}", flush=True)
    most = sum(named[kind] > rounds / 2 for kind in kinds)
    total = rounds * len(kinds)
    each = ", ".join(f"{kind} {named[kind]}/{rounds}" for kind in kinds)
    return [
        Figure(
            f"faults named in the top two, of {len(kinds)}",
            most,
            LEAST_FAULTS if only is None else 1,
            "higher",
            note=each,
        ),
        Figure(
            "plants named in the top two, share",
            sum(named.values()) / total,
            LEAST_SHARE,
            "higher",
            note=f"{sum(named.values())} of {total}; {beyond} alarms below the second",
        ),
    ]


def alarms(world: World, first: int, runs: int) -> Figure:
    """Healthy retrainings that raise an alarm: other moments, users, models, settings and seeds."""
    alarmed = 0
    for seed in range(first, first + runs):
        random = np.random.default_rng([seed, 99])
        part = thin(world, float(random.uniform(0.4, 1.0)), random)
        algorithm = MODELS[seed % len(MODELS)]
        situation = host(part, random, algorithm=algorithm).situation
        found = diagnose(situation).alarms
        alarmed += bool(found)
        for finding in found:
            print(f"  alarm on a healthy {algorithm}: {finding.kind}: {finding.evidence}")
    return Figure("healthy retrainings with an alarm", alarmed, 0, "lower", note=f"of {runs}")


def seconds(world: World) -> Figure:
    """Of the slowest of three models, on a million events."""
    whole = grown(world, EVENTS)
    taken = {}
    for algorithm in ("ease", "als", "item_neighbours"):
        life = live(
            whole,
            np.random.default_rng(5),
            algorithm=algorithm,
            cut=0.95,
            horizon=0.05,
        )
        situation = replace(life.situation, user=life.situation.trained["user"][0])
        taken[algorithm] = clock(situation)
    told = ", ".join(f"{name} {value:.0f} s" for name, value in taken.items())
    size = f"{len(whole.events):,} events of {whole.events['user'].n_unique():,} users"
    return Figure(
        "seconds on a million events", max(taken.values()), SECONDS, "lower", {}, told + "; " + size
    )


def clock(situation: Situation) -> float:
    began = time.perf_counter()
    found = diagnose(situation).alarms
    for finding in found:
        print(f"  alarm at a million events: {finding.kind}: {finding.evidence}")
    return time.perf_counter() - began


def grown(world: World, events: int) -> World:
    """As many events: copies of the users who use copies of the items, half of the copies' events
    moved to the first, so that items are shared and the catalogue is twice as large."""
    random = np.random.default_rng(11)
    copies = -(-events // len(world.events))
    most = 10_000
    parts = []
    for number in range(copies):
        other = random.random(len(world.events)) < (0.5 if number % 2 else 0.0)
        user = pl.col("user").cast(pl.Int64) + number * most
        item = pl.col("item").cast(pl.Int64) + pl.Series(other.astype(np.int64)) * most
        late = pl.Series(random.integers(0, 3_600, len(world.events)) * 1_000_000)
        parts.append(
            world.events.with_columns(
                user.cast(pl.String).alias("user"),
                item.cast(pl.String).alias("item"),
                (pl.col("time") + late).alias("time"),
            )
        )
    items = pl.concat(
        [
            world.items,
            world.items.with_columns(
                (pl.col("id").cast(pl.Int64) + most).cast(pl.String), pl.col("title") + " II"
            ),
        ]
    )
    whole = pl.concat(parts)[:events].sort("time", maintain_order=True)
    return World(whole, items)


if __name__ == "__main__":
    sys.exit(main())

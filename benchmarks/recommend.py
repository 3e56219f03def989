"""Recommending films: MovieLens-100k on five seeds, beside Surprise, implicit and irspack.

Settings of every competitor, and which of its recommenders answers, are chosen for each seed and
metric on a part that is not tested. KEEL_TEST_DATA names the folder that holds `movielens-100k`.
KEEL_BENCH_RECOMMENDERS names a Python that has the peers, where this one has not; without it the
floors alone are bars. `--cache FOLDER` keeps what was answered, so that a run can be resumed.
"""

import argparse
import datetime as dt
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from figures import Figure, report
from keel.data.interactions import Interactions
from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.algorithm import Parameters
from keel.train.recommend.catalogue import recommenders
from keel.train.recommend.content import Content, read_content
from keel.train.recommender import Fit
from quality_data import data_folder
from recommend_exams import (
    COLD,
    ITEMS,
    LAST,
    LISTS,
    RANDOM,
    USERS,
    Question,
    Ratings,
    best_items,
    exam,
    folds,
    judge,
    read_ratings,
)

SEEDS = 5
FLOORS = {
    (RANDOM, "NDCG@10"): 0.33,
    (RANDOM, "Recall@10"): 0.28,
    (LAST, "HR@10"): 0.14,
    (COLD, "NDCG@10"): 0.28,
}
WORST_RMSE = 0.915
WORDS = {
    RANDOM: "random 8:1:1",
    LAST: "last one left out",
    COLD: "cold items among themselves",
}

Setting = tuple[str, Parameters]
ALS = [
    ("als", {"unobserved": unobserved, "regularisation": ridge})
    for unobserved, ridge in ((0.3, 0.015), (0.4, 0.011), (0.5, 0.01), (0.5, 0.012))
]
EASE = [("ease", {"penalty": penalty}) for penalty in (200.0, 300.0, 500.0)]
HYBRID = [
    ("hybrid", {"mix": mix, "regularisation": ridge})
    for mix, ridge in ((0.5, 0.01), (0.7, 0.01), (0.7, 0.012), (0.85, 0.01))
]
TRIED: dict[str, list[Setting]] = {
    RANDOM: [*ALS, *EASE, *HYBRID, ("bpr", {}), ("item_neighbours", {})],
    LAST: [
        (name, {**own, "half_life": half_life})
        for name, own in (ALS[2], ALS[3], EASE[1], HYBRID[1])
        for half_life in (30.0, 10.0)
    ],
    COLD: [
        ("content", {"factors": factors, "content_penalty": penalty})
        for factors in (8, 16, 32)
        for penalty in (3.0, 10.0, 30.0)
    ],
}


@dataclass(frozen=True, eq=False)
class Table:
    """MovieLens, as both sides read it."""

    folder: Path
    ratings: Ratings
    content: Content


@dataclass(frozen=True, eq=False)
class Values:
    """Of one competitor and metric. value: [users] means over the seeds. weight: [users] how much
    each counts."""

    value: np.ndarray
    weight: np.ndarray

    @property
    def mean(self) -> float:
        """Over users."""
        return float(self.value @ self.weight / self.weight.sum())


def main() -> int:
    """Every exam; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seeds")
    parser.add_argument("--cache", type=Path, help="a folder that keeps what was answered")
    given = parser.parse_args()
    seeds = range(2 if given.quick else SEEDS)
    folder = data_folder() / "movielens-100k"
    table = Table(folder, read_ratings(folder), _content(folder))
    with tempfile.TemporaryDirectory() as scratch:
        cache = given.cache or Path(scratch)
        cache.mkdir(parents=True, exist_ok=True)
        figures = [*_ratings(table, seeds, cache)]
        for name in LISTS:
            figures += _lists(name, table, seeds, cache)
    return report(figures, f"MovieLens-100k, {len(seeds)} seeds")


def _lists(name: str, table: Table, seeds: range, cache: Path) -> Iterator[Figure]:
    answers: dict[str, list[dict[str, np.ndarray]]] = {}
    for seed in seeds:
        asked = exam(name, table.ratings, seed).test
        for who, lists in _both(name, table, seed, cache).items():
            competitor, metric = who.rsplit("/", 1)
            judged = judge(lists, table.ratings, asked)[metric]
            answers.setdefault(competitor, []).append({metric: judged})
    for metric in LISTS[name]:
        found = {
            competitor: _mean_over_seeds([each[metric] for each in judged if metric in each])
            for competitor, judged in answers.items()
        }
        mine = found.pop("keel")
        title = f"{metric}, {WORDS[name]}"
        each = [np.nanmean(d[metric]) for d in answers["keel"] if metric in d]
        yield Figure(title, mine.mean, FLOORS[name, metric], "higher", note=_each(each))
        if found:
            peer = max(found, key=lambda who: found[who].mean)
            yield _beside(title, mine, peer, found, sign=1.0)


def _ratings(table: Table, seeds: range, cache: Path) -> Iterator[Figure]:
    ratings, errors, each = table.ratings, {}, []
    for seed in seeds:
        for who, told in _both("ratings", table, seed, cache).items():
            squares = np.square(told - ratings.value)
            sums = np.bincount(ratings.user, squares, minlength=USERS)
            errors.setdefault(who.split("/")[0], []).append(sums / np.bincount(ratings.user))
            if who.startswith("keel"):
                each.append(float(np.sqrt(squares.mean())))
    weight = np.bincount(ratings.user).astype(float)
    found = {who: Values(np.mean(values, axis=0), weight) for who, values in errors.items()}
    mine = found.pop("keel")
    title = "RMSE of ratings, 5 folds"
    yield Figure(title, float(np.sqrt(mine.mean)), WORST_RMSE, "lower", note=_each(each))
    for peer in found:
        yield _beside(title, mine, peer, found, sign=-1.0)


def _mean_over_seeds(values: list[np.ndarray]) -> Values:
    held = np.array(values)
    known = ~np.isnan(held)
    weight = known.sum(axis=0).astype(float)
    return Values(np.where(known, held, 0.0).sum(axis=0) / np.maximum(weight, 1), weight)


def _beside(title: str, mine: Values, peer: str, found: dict[str, Values], sign: float) -> Figure:
    """Reached unless the whole paired 95 % interval over users is on the wrong side."""
    theirs = found[peer]
    apart = mine.value - theirs.value
    mean = float(apart @ mine.weight / mine.weight.sum())
    spread = np.sqrt(np.square((apart - mean) * mine.weight).sum()) / mine.weight.sum()
    low, high = mean - 1.96 * spread, mean + 1.96 * spread
    if sign > 0:
        shown = {who: values.mean for who, values in found.items()}
        return Figure(
            f"{title}: ours less {peer}'s",
            high,
            0.0,
            "higher",
            shown,
            f"upper end; {mean:+.4f}, 95 % {low:+.4f} to {high:+.4f}",
        )
    shown = {who: float(np.sqrt(values.mean)) for who, values in found.items()}
    return Figure(
        f"{title}: squared error, ours less {peer}'s",
        low,
        0.0,
        "lower",
        shown,
        f"lower end; {mean:+.4f}, 95 % {low:+.4f} to {high:+.4f}",
    )


def _each(values: list[float]) -> str:
    return "seeds " + " ".join(f"{value:.4f}" for value in values)


def _both(name: str, table: Table, seed: int, cache: Path) -> dict[str, np.ndarray]:
    """Answers by `competitor/metric`, as kept or made now."""
    found: dict[str, np.ndarray] = {}
    for who in ("keel", "peers"):
        path = cache / f"{name}-{seed}-{who}.npz"
        if not path.exists():
            began = time.monotonic()
            if who == "keel":
                mine = _rate(table, seed) if name == "ratings" else _show(name, table, seed)
                np.savez(path, **mine)
            elif not _ask_peers(table.folder, name, seed, path):
                continue
            print(f"{name}, seed {seed}: {who}, {time.monotonic() - began:,.0f} s", flush=True)
        with np.load(path) as held:
            found |= {key: held[key] for key in held.files}
    return found


def _ask_peers(folder: Path, name: str, seed: int, out: Path) -> bool:
    python = os.environ.get("KEEL_BENCH_RECOMMENDERS")
    if python is None and importlib.util.find_spec("implicit") is not None:
        python = sys.executable
    if python is None:
        print("no peers: KEEL_BENCH_RECOMMENDERS names none")
        return False
    script = Path(__file__).with_name("recommend_peers.py")
    alone = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [python, str(script), str(folder), name, str(seed), str(out)]
    subprocess.run(command, env=alone, check=True)
    return True


def _show(name: str, table: Table, seed: int) -> dict[str, np.ndarray]:
    asked = exam(name, table.ratings, seed)
    tried = TRIED[name]
    judged = [
        judge(_answer(setting, table, asked.choose, seed), table.ratings, asked.choose)
        for setting in tried
    ]
    found = {}
    for metric in LISTS[name]:
        best = int(np.argmax([np.nanmean(each[metric]) for each in judged]))
        print(f"keel {metric}: {tried[best]}", flush=True)
        found[f"keel/{metric}"] = _answer(tried[best], table, asked.test, seed)
    return found


def _answer(setting: Setting, table: Table, question: Question, seed: int) -> np.ndarray:
    name, parameters = setting
    fit = _fit(table, question.learn, parameters, seed, valued=False)
    return best_items(recommenders()[name].fit(fit).scores(fit.histories), table.ratings, question)


def _rate(table: Table, seed: int) -> dict[str, np.ndarray]:
    ratings, best = table.ratings, None
    found = np.full(len(ratings.user), np.nan)
    for held in folds(ratings, seed):
        if best is None:
            inner = ~held & (np.random.default_rng(seed).random(len(held)) < 0.1)
            errors = {}
            for factors in (8, 16, 24):
                told = _foretell(table, ~held & ~inner, inner, factors, seed)
                errors[factors] = np.mean((told - ratings.value[inner]) ** 2)
            best = min(errors, key=lambda factors: errors[factors])
            print(f"keel RMSE: biased_mf, {best} factors", flush=True)
        found[held] = _foretell(table, ~held, held, best, seed)
    return {"keel/RMSE": found}


def _foretell(
    table: Table, learn: np.ndarray, asked: np.ndarray, factors: int, seed: int
) -> np.ndarray:
    fit = _fit(table, learn, {"factors": factors}, seed, valued=True)
    scores = recommenders()["biased_mf"].fit(fit).scores(fit.histories)
    return scores[table.ratings.user[asked], table.ratings.item[asked]]


def _fit(table: Table, rows: np.ndarray, parameters: Parameters, seed: int, *, valued: bool) -> Fit:
    ratings = table.ratings
    events = Interactions(
        ratings.user[rows],
        ratings.item[rows],
        USERS,
        ITEMS,
        ratings.time[rows].astype("datetime64[s]").astype("datetime64[us]"),
        ratings.value[rows] if valued else None,
    )
    return Fit(events, parameters, seed, 1, table.content)


def _content(folder: Path) -> Content:
    genres = (folder / "u.genre").read_text(encoding="latin-1").split()
    names = [line.split("|")[0] for line in genres]
    rows = [
        line.split("|") for line in (folder / "u.item").read_text(encoding="latin-1").splitlines()
    ]
    frame = pl.DataFrame(
        {
            "title": [row[1] for row in rows],
            "genres": [
                "|".join(n for n, flag in zip(names, row[5:], strict=True) if flag == "1")
                for row in rows
            ],
            "released": [
                dt.datetime.strptime(row[2], "%d-%b-%Y") if row[2] else None for row in rows
            ],
        }
    )
    columns = (
        Column("title", Kind.TEXT),
        Column("genres", Kind.CATEGORY),
        Column("released", Kind.TIME),
    )
    content = read_content(frame, columns)
    assert content is not None
    return content


if __name__ == "__main__":
    sys.exit(main())

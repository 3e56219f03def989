"""Detectors on tables beside PyOD's, and Keel's choice between them where no label is known.

Sets: scikit-learn's breast cancer and digits with one class made rare, half of the rows to learn
from, and the row-level features of the fraud transactions in KEEL_TEST_DATA, of which 10,000 rows
are drawn to learn from. KEEL_BENCH_PYOD names a Python that has PyOD, where this one has not;
without it only the choice is measured.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import average_precision_score

from figures import Figure, report, with_sleeping_threads
from keel.data.check import check
from keel.settings import read_settings
from keel.spec.kinds import TaskName
from keel.spec.system import System, TableSpec
from keel.train.algorithm import Facts, Fit
from keel.train.catalogue import algorithms
from keel.train.matrix import Matrix
from keel.train.progress import silent
from keel.train.search.cross_validate import fit_recipe
from keel.train.search.recipes import default_recipe
from keel.walk.courses import find_course
from quality_data import data_folder

BAR = 0.005
FRAUD_ROWS = 10_000
FRAUD_TEST_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Set:
    """Standardised rows to learn from and to score, and which of them are odd."""

    name: str
    train: np.ndarray
    test: np.ndarray
    odd: np.ndarray

    @property
    def family(self) -> str:
        """Sets of one kind of table."""
        return self.name.split(" ")[0]


def main() -> int:
    """Print what each detector reaches; 1 if a bar is missed."""
    with_sleeping_threads()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    sets = [*cancer(2 if quick else 5), *digits(3 if quick else 10), *fraud(1 if quick else 2)]
    return report([*beside_pyod(sets), *choices(sets)], "Detectors on tables: average precision")


def cancer(draws: int) -> list[Set]:
    """Malignant made rare: a tenth of the benign."""
    table = load_breast_cancer()
    odd = table.target == 0
    return [made_rare(f"cancer {i}", table.data, odd, 0.1, i) for i in range(draws)]


def digits(classes: int) -> list[Set]:
    """Each digit made rare: a twentieth of the others."""
    table = load_digits()
    return [
        made_rare(f"digits {i}", table.data, table.target == i, 0.05, i) for i in range(classes)
    ]


def fraud(draws: int) -> list[Set]:
    """What is known of a payment by itself: its amount, hour and day of the week."""
    table = pl.read_parquet(data_folder() / "fraud_handbook_transactions.parquet")
    at, amount = pl.col("TX_DATETIME"), pl.col("TX_AMOUNT")
    columns = table.select(
        amount.alias("amount"),
        amount.log1p().alias("log amount"),
        at.dt.hour().alias("hour"),
        (at.dt.hour() < 6).cast(pl.Float64).alias("night"),
        (at.dt.weekday() > 5).cast(pl.Float64).alias("weekend"),
    ).to_numpy()
    odd = table["TX_FRAUD"].to_numpy() == 1
    found = []
    for draw in range(draws):
        random = np.random.default_rng(draw)
        rows = random.choice(len(columns), FRAUD_ROWS + FRAUD_TEST_ROWS, replace=False)
        train, test = rows[:FRAUD_ROWS], rows[FRAUD_ROWS:]
        found.append(standardised(f"fraud {draw}", columns, odd, train, test))
    return found


def made_rare(name: str, table: np.ndarray, odd: np.ndarray, share: float, seed: int) -> Set:
    """The odd rows thinned to this share of the others, both halved."""
    random = np.random.default_rng(seed)
    usual = random.permutation(np.flatnonzero(~odd))
    rare = random.permutation(np.flatnonzero(odd))[: max(10, round(share * len(usual)))]
    halves = [np.array_split(rows, 2) for rows in (usual, rare)]
    train, test = (random.permutation(np.concatenate(part)) for part in zip(*halves, strict=True))
    return standardised(name, table, odd, train, test)


def standardised(
    name: str, table: np.ndarray, odd: np.ndarray, train: np.ndarray, test: np.ndarray
) -> Set:
    """In deviations of the rows to learn from, in single precision, for both competitors."""
    mean, spread = table[train].mean(axis=0), table[train].std(axis=0)
    rows = ((table - mean) / np.where(spread > 0, spread, 1)).astype(np.float32)
    return Set(name, rows[train], rows[test], odd[test])


def beside_pyod(sets: list[Set]) -> list[Figure]:
    """How far below PyOD's each detector stays at worst, with the mean of both."""
    python = os.environ.get("KEEL_BENCH_PYOD")
    if python is None and importlib.util.find_spec("pyod") is not None:
        python = sys.executable
    if python is None:
        print("no PyOD: KEEL_BENCH_PYOD names none")
        return []
    answers = peer(python, sets)
    ours, theirs = defaultdict(list), defaultdict(list)
    print(f"{'average precision':48}{'keel':>9}{'PyOD':>9}")
    for one in sets:
        for name, scores in answers["scores"][one.name].items():
            known = one.odd[: len(scores[0])]
            mine = own_scores(name, one, len(scores))
            if mine:
                ours[name].append(
                    mean([average_precision_score(known, s[: len(known)]) for s in mine])
                )
                theirs[name].append(mean([average_precision_score(known, s) for s in scores]))
                both = f"{ours[name][-1]:9.4f}{theirs[name][-1]:9.4f}"
                print(f"{one.name:24}{name:24}{both}", flush=True)
    figures = []
    for name in ours:
        apart = np.subtract(theirs[name], ours[name])
        figures.append(
            Figure(
                f"{name}: furthest below PyOD's",
                float(max(apart.max(), 0.0)),
                BAR,
                "lower",
                {"keel, mean": mean(ours[name]), f"PyOD {answers['version']}": mean(theirs[name])},
                f"{len(apart)} sets, {-apart.min():.4f} above at best",
            )
        )
    return figures


def own_scores(name: str, one: Set, seeds: int) -> list[np.ndarray]:
    """Of the same rows by Keel's detector as it comes; nothing where it cannot be had."""
    algorithm = algorithms(TaskName.DETECT)[name]
    facts = Facts(TaskName.DETECT, len(one.train), one.train.shape[1], 0, False, False)
    if algorithm.skip(facts) is not None:
        return []
    blank = np.zeros(len(one.train))
    train, test = Matrix(one.train), Matrix(one.test)
    fitted = (algorithm.fit(Fit(train, blank, None, 0, {}, seed, 1)) for seed in range(seeds))
    return [model.predict(test)[:, 0] for model in fitted]


def choices(sets: list[Set]) -> list[Figure]:
    """What is chosen without a label, beside the median of all detectors as they come."""
    chosen, medians, best = defaultdict(list), defaultdict(list), defaultdict(list)
    print(f"{'chosen without labels':24}{'detector':24}{'reaches':>9}{'median':>9}{'best':>9}")
    for one in sets:
        name, reached, others = choice(one)
        chosen[one.family].append(reached)
        medians[one.family].append(float(np.median(list(others.values()))))
        best[one.family].append(max(others.values()))
        print(
            f"{one.name:24}{name:24}{reached:9.4f}{medians[one.family][-1]:9.4f}"
            f"{best[one.family][-1]:9.4f}",
            flush=True,
        )
    return [
        Figure(
            f"{family}: choice without labels, mean of {len(reached)}",
            mean(reached),
            mean(medians[family]),
            "higher",
            {"best detector of each set": mean(best[family])},
            "the bar is the median detector's mean",
        )
        for family, reached in chosen.items()
    ]


def choice(one: Set) -> tuple[str, float, dict[str, float]]:
    """The winner, what it reaches, and what every detector reaches as it comes."""
    names = [f"x{i}" for i in range(one.train.shape[1])]
    system = System(system="set", task=TaskName.DETECT, data={"set": TableSpec(table="memory")})
    course = find_course(TaskName.DETECT)
    with tempfile.TemporaryDirectory() as home:
        settings = read_settings({"KEEL_HOME": home})
        checked = check(
            system,
            Path(home),
            settings,
            frame=pl.DataFrame(one.train, names),
            test_frame=pl.DataFrame(one.test, names),
            clock=lambda: datetime.now(UTC),
        )
        prepared = course.prepare(checked, system, silent)
        learned = course.train(prepared, system, cache=Path(home), threads=1, tell=silent)
    bench = learned.trained.bench
    rows = bench.source.take(prepared.split.test)
    odd = one.odd[prepared.split.test - len(one.train)]

    def reached(pipeline):
        return average_precision_score(odd, pipeline.scores(rows)[:, 0])

    plain = {
        name: reached(fit_recipe(bench, default_recipe(bench, name), prepared.split.train))
        for name in bench.algorithms
        if name != bench.task.baseline()
    }
    return learned.algorithm, reached(learned.trained.pipeline), plain


def peer(python: str, sets: list[Set]) -> dict:
    """What PyOD answers."""
    script = Path(__file__).with_name("detect_pyod.py")
    with tempfile.TemporaryDirectory() as where:
        for one in sets:
            np.savez(Path(where, f"{one.name}.npz"), train=one.train, test=one.test)
        # The peer is alone in its environment.
        plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        command = [python, str(script), where]
        if importlib.util.find_spec("torch") is not None:
            command.append("deep")
        done = subprocess.run(command, check=True, capture_output=True, env=plain)
    return json.loads(done.stdout.decode().splitlines()[-1])


def mean(values: list[float]) -> float:
    return float(np.mean(values))


if __name__ == "__main__":
    sys.exit(main())

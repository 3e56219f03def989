"""Seconds of all intervals over a million rows, and how often intervals hold the truth.

The peer is the loop that everybody writes: draw rows anew, call scikit-learn on each draw. It is
timed for a few draws in the same run and multiplied up. Both use one thread and are timed in
seconds of the processor, so that other programs do not count. Intervals must miss the truth in at
most 8 of 100 made-up tables, what an interval of 95 % does with few positives in practice.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats
from sklearn import metrics as sk

from figures import Figure, report
from keel.metrics.bootstrap import estimates, point
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure, parse_measure

ROWS = 1_000_000
REPLICATES = 1000
SECONDS_BAR = 15.0
SPEED_BAR = 20.0
MISSED_BAR = 0.08
NAIVE_DRAWS = 3
TABLES = 300

ALL = (
    "roc_auc",
    "average_precision",
    "f1",
    "precision",
    "recall",
    "specificity",
    "accuracy",
    "balanced_accuracy",
    "mcc",
    "brier",
    "log_loss",
    "expected_calibration_error",
    "expected_cost",
    "recall at precision 0.5",
    "precision at recall 0.5",
    "precision at 100",
    "recall at 100",
    "lift at 0.1",
    "demographic_parity_ratio by group",
    "equalized_odds_difference by group",
)
PEERED = (
    "roc_auc",
    "average_precision",
    "f1",
    "mcc",
    "brier",
    "log_loss",
)
COVERED = (
    "roc_auc",
    "average_precision",
    "f1",
    "mcc",
    "recall",
    "precision",
    "brier",
    "log_loss",
    "balanced_accuracy",
    "recall at precision 0.5",
    "precision at recall 0.5",
    "lift at 0.1",
    "expected_calibration_error",
    "demographic_parity_ratio by group",
    "equalized_odds_difference by group",
    "recall by group",
)


@dataclass(frozen=True)
class World:
    """Where tables are drawn from: how rare positives are and how well scores tell them apart."""

    name: str
    rows: int
    share: float
    uneven: float

    def table(self, seed: int, rows: int | None = None) -> Evidence:
        random = np.random.default_rng(seed)
        n = rows or self.rows
        label = (random.random(n) < self.share).astype(np.int64)
        group = random.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
        score = special.expit(random.normal(1.5 * label - 1.5 + self.uneven * (group == "b"), 1))
        output = np.stack([1 - score, score], axis=1)
        groups = {"group": group}
        decision = (score > 0.4).astype(np.int64)
        return Evidence(
            TaskName.CLASSIFY, output, label, "made up", ("no", "yes"), decision, groups=groups
        )


WORLDS = (
    World("200 rows, 20 % positive, equal groups", 200, 0.2, 0.0),
    World("1,000 rows, 5 % positive, unequal groups", 1000, 0.05, 0.5),
    World("3,000 rows, 20 % positive, unequal groups", 3000, 0.2, 0.5),
)


def main() -> int:
    """Print speed and coverage; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--tables", type=int, default=TABLES)
    given = parser.parse_args()
    figures = speed(given.rows)
    for world in WORLDS:
        figures += coverage(world, given.tables)
    return report(figures, "Bootstrap intervals")


def speed(rows: int) -> list[Figure]:
    """All measures at once against scikit-learn in a loop for six of them."""
    table = World("speed", rows, 0.01, 0.3).table(0)
    measures = [parse_measure(text) for text in ALL]
    all_s = _seconds(lambda: estimates(measures, table, replicates=REPLICATES))
    some = [Measure(name) for name in PEERED]
    some_s = _seconds(lambda: estimates(some, table, replicates=REPLICATES))
    naive_s = _seconds(lambda: naive(table, NAIVE_DRAWS)) / NAIVE_DRAWS * REPLICATES
    title = f"{rows:,} rows, {REPLICATES:,} resamples"
    return [
        Figure(f"{title}: {len(ALL)} measures, seconds", all_s, SECONDS_BAR, "lower"),
        Figure(
            f"{title}: {len(PEERED)} measures, times as fast as the loop",
            naive_s / some_s,
            SPEED_BAR,
            "higher",
            peers={"loop, s": naive_s, "ours, s": some_s},
        ),
    ]


def naive(table: Evidence, draws: int) -> list[list[float]]:
    """Six figures of each draw, as scikit-learn computes them."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(draws):
        rows = random.integers(0, len(table), len(table))
        label, output = table.label[rows], table.output[rows]
        score, decision = output[:, 1], (output[:, 1] > 0.4).astype(np.int64)
        found.append(
            [
                sk.roc_auc_score(label, score),
                sk.average_precision_score(label, score),
                sk.f1_score(label, decision),
                sk.matthews_corrcoef(label, decision),
                sk.brier_score_loss(label, score),
                sk.log_loss(label, output),
            ]
        )
    return found


def coverage(world: World, tables: int) -> list[Figure]:
    """How often the interval of a small table misses the figure of an endless one."""
    measures = [parse_measure(text) for text in COVERED]
    endless = world.table(10**6, rows=2_000_000)
    true = [point(measure, endless) for measure in measures]
    found = [estimates(measures, world.table(seed), replicates=500) for seed in range(tables)]
    missed = [_missed([estimate[i] for estimate in found], true[i]) for i in range(len(measures))]
    worst = int(np.argmax(missed))
    chance = float(stats.binom.ppf(0.995, tables, MISSED_BAR)) / tables
    return [
        Figure(f"{world.name}: missed, mean", float(np.mean(missed)), MISSED_BAR, "lower"),
        Figure(
            f"{world.name}: missed, most",
            missed[worst],
            chance,
            "lower",
            note=f"{measures[worst]}; the bar allows for chance",
        ),
    ]


def _missed(found: Sequence[Estimate], true: float) -> float:
    existing = [f for f in found if not np.isnan(f.low)]
    return float(np.mean([not f.low <= true <= f.high for f in existing])) if existing else 1.0


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    raise SystemExit(main())

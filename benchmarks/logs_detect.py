"""Detectors of sequences on HDFS sessions, at the thresholds that Keel chooses without labels.

KEEL_TEST_DATA names the folder that holds `hdfs_100k`. Fitted on the normal sessions of the
training part: each detector by itself, and then as `keel run` does it, which chooses one by how
far they agree. Networks are among them where PyTorch is installed. The sessions of this extract are
cut short: half of the anomalies look exactly like normal sessions, and what an oracle reaches that
knows every label of the test part but answers equal sessions alike is printed as the ceiling.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score

import keel
from figures import Figure, report
from keel.data.table import Column
from keel.spec.kinds import Kind, TaskName
from keel.tasks.task import Label
from keel.train.algorithm import Algorithm, Fit, Parameters
from keel.train.catalogue import algorithms
from keel.train.detect.thresholds import choose_alert_thresholds, default_decision
from keel.train.detect.traffic import Traffic
from keel.train.encode.encoding import EncodingPlan, fit_encoding
from keel.train.encode.source import read_source
from keel.train.matrix import Matrix
from keel.train.models.deep import lacks_torch
from quality_data import data_folder

BAR = 0.65
FOLDS = 5
COLUMN = "steps"
SHOWN: tuple[tuple[str, Parameters], ...] = (
    ("unseen_event", {}),
    ("rare_counts", {}),
    ("nearest_counts", {"uses": 1}),
    ("nearest_counts", {"uses": 3}),
    ("event_order", {"order": 1}),
    ("event_order", {"order": 2, "score": "mean"}),
    ("event_order", {"order": 1, "score": "misses", "candidates": 9}),
    ("event_rates", {}),
    ("event_families", {}),
    ("z_score", {}),
)
DEEP: tuple[tuple[str, Parameters], ...] = (
    ("event_lstm", {}),
    ("event_lstm", {"score": "misses"}),
    ("event_attention", {}),
    ("event_attention", {"score": "misses"}),
)
JUDGED = ("rare_counts", "nearest_counts")
RUN = {"trials": 16, "minutes": 10}


def main() -> int:
    """Print F1 by detector; 1 if a bar is missed."""
    train, label = sessions(data_folder() / "hdfs_100k" / "session_train.jsonl")
    test, truth = sessions(data_folder() / "hdfs_100k" / "session_test.jsonl")
    columns = (Column(COLUMN, Kind.SEQUENCE),)
    normal = frame([steps for steps, odd in zip(train, label, strict=True) if not odd])
    plan = EncodingPlan(numbers="standard", categories="none", text="none")
    encoding, matrix = fit_encoding(
        plan, columns, read_source(normal, columns), np.zeros(len(normal)), 0
    )
    others = encoding.transform(frame(test))
    ceilings = {
        "counts": oracle(test, truth, lambda steps: tuple(sorted(steps))),
        "order": oracle(test, truth, tuple),
    }
    print(f"{len(normal):,} normal sessions, {len(test):,} to answer, {truth.sum()} anomalous")
    print(f"{'':44}{'AP':>8}{'F1':>8}{'best F1':>9}{'alarms':>8}{'false':>7}")
    figures = []
    for name, parameters in SHOWN if lacks_torch() else (*SHOWN, *DEEP):
        scores, threshold = answer(algorithms(TaskName.DETECT)[name], matrix, others, parameters)
        figures.append((name, show(name, parameters, scores, threshold, truth)))
    textbook = answer(algorithms(TaskName.DETECT)["z_score"], matrix, others, {})[0]
    show("z_score at its textbook threshold of 3", {}, textbook, 3.0, truth)
    print(
        f"oracle over counts {ceilings['counts']:.3f}, over ordered steps {ceilings['order']:.3f}"
    )
    chosen, of_run = run(normal, frame(test), truth)
    figures.append((f"`keel run`, which chooses {chosen}", of_run))
    note = f"ceiling {ceilings['counts']:.2f} for equal counts, {ceilings['order']:.2f} for order"
    bars = [
        Figure(f"HDFS sessions, {name}: F1 at its own threshold", f1, BAR, "higher", note=note)
        for name, f1 in figures
        if name in JUDGED or name.startswith("`")
    ]
    return report(bars, "Detecting anomalous sessions")


def sessions(path: Path) -> tuple[list[list[str]], np.ndarray]:
    """Steps and labels."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row["templates"] for row in rows], np.array([row["label"] for row in rows])


def frame(sequences: list[list[str]]) -> pl.DataFrame:
    """One row each."""
    return pl.DataFrame({COLUMN: ["\n".join(steps) for steps in sequences]})


def answer(
    algorithm: Algorithm, matrix: Matrix, others: Matrix, parameters: Parameters
) -> tuple[np.ndarray, float]:
    """Scores of the test sessions, and the threshold that follows from normal ones out of fold."""
    rows = np.arange(len(matrix))
    held_out = np.concatenate(
        [
            fit(algorithm, matrix.take(rows[rows % FOLDS != fold]), parameters).predict(
                matrix.take(rows[rows % FOLDS == fold])
            )[:, 0]
            for fold in range(FOLDS)
        ]
    )
    scores = fit(algorithm, matrix, parameters).predict(others)[:, 0]
    nothing = np.zeros(len(held_out), dtype=np.int64)
    unknown = Label(nothing, nothing > 0, ("normal", "anomaly"))
    [threshold] = choose_alert_thresholds(
        default_decision(unknown), held_out.astype(np.float64), unknown, Traffic(None)
    )
    return scores, threshold.value


def run(normal: pl.DataFrame, test: pl.DataFrame, truth: np.ndarray) -> tuple[str, float]:
    """What `keel run` chooses, and its F1 on the test part. No label of it is seen before."""
    lists = pl.col(COLUMN).str.split("\n")
    said = np.where(truth == 1, "anomaly", "normal")
    with TemporaryDirectory() as home:
        found = keel.run(
            normal.with_columns(lists, label=pl.lit("normal")),
            test=test.with_columns(lists, label=pl.Series(said)),
            task=TaskName.DETECT,
            target="label",
            name="hdfs",
            home=home,
            **RUN,
        )
        return found.report.algorithm, found.report.metrics["f1"].value


def fit(algorithm: Algorithm, matrix: Matrix, parameters: Parameters):
    """On these rows."""
    return algorithm.fit(Fit(matrix, np.zeros(len(matrix)), None, 0, parameters, 0, 1))


def show(
    name: str, parameters: Parameters, scores: np.ndarray, threshold: float, truth: np.ndarray
) -> float:
    """Print a line; the F1 at the threshold."""
    flagged = scores >= threshold
    chosen = f1(flagged, truth)
    best = max(f1(scores >= cut, truth) for cut in np.unique(scores))
    said = " ".join(f"{key}={value}" for key, value in parameters.items())
    print(
        f"{name + ' ' + said:44}{average_precision_score(truth, scores):8.3f}{chosen:8.3f}"
        f"{best:9.3f}{int(flagged.sum()):8}{int((flagged & (truth == 0)).sum()):7}"
    )
    return chosen


def f1(flagged: np.ndarray, truth: np.ndarray) -> float:
    """Of the anomalous class."""
    return float(2 * (flagged & (truth == 1)).sum() / (flagged.sum() + truth.sum()))


def oracle(
    sequences: list[list[str]], truth: np.ndarray, kind: Callable[[list[str]], tuple[str, ...]]
) -> float:
    """The largest F1 of any answer that is the same for sequences of the same kind."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for steps, odd in zip(sequences, truth, strict=True):
        groups[kind(steps)].append(int(odd))
    hits = flagged = 0
    best = 0.0
    for labels in sorted(groups.values(), key=lambda labels: -np.mean(labels)):
        hits += sum(labels)
        flagged += len(labels)
        best = max(best, 2 * hits / (flagged + truth.sum()))
    return best


if __name__ == "__main__":
    raise SystemExit(main())

"""Rows answered by a predictor, against ONNX Runtime alone on the same graph from Arrow batches.

Both use one thread and are timed in turn in seconds of the processor, so that other programs do
not count. The peer casts each column to the graph's float32 and nothing else. Texts are hashed
without a peer: the bars are what a person waits.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import onnxruntime
import polars as pl
import pyarrow as pa

from figures import Figure, report
from keel.data.table import Column
from keel.serve.rows import frame_of
from keel.spec.kinds import Kind, TaskName
from keel.train.algorithm import Fit
from keel.train.calibration.calibrator import Scored, find_calibrator
from keel.train.catalogue import algorithms
from keel.train.encode.encoding import fit_encoding, plan_for
from keel.train.encode.hashing import HashSettings, hash_texts
from keel.train.export.export import export
from keel.train.export.exported import Exported
from keel.train.export.predictor import BATCH_ROWS, Predictor

ROWS, COLUMNS = 1_000_000, 30
FITTED_ROWS = 20_000
RATIO_BAR = 0.7
ONE_ROW_CALLS, ONE_ROW_BAR_MS = 1_000, 1.0
MESSAGES, MESSAGE_WORDS, MESSAGES_BAR_S = 5_500, 16, 1.0
MAILS, MAIL_WORDS, MAILS_BAR_S = 6_000, 900, 20.0


def main() -> int:
    """Print ratios and seconds; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    random = np.random.default_rng(0)
    table = random.normal(size=(given.rows, COLUMNS))
    label = (table[:, 0] + table[:, 1] * table[:, 2] > 1).astype(np.int64)
    frame = pl.DataFrame({f"x{i}": column.copy() for i, column in enumerate(table.T)})
    figures = []
    for name in ("logistic", "lightgbm"):
        exported = train(name, frame[:FITTED_ROWS], label[:FITTED_ROWS])
        figures.append(throughput(name, exported, frame, given.rounds))
        figures.append(one_row(name, exported, frame))
    figures.append(hashing("messages", MESSAGES, MESSAGE_WORDS, MESSAGES_BAR_S))
    figures.append(hashing("mails", MAILS, MAIL_WORDS, MAILS_BAR_S))
    return report(figures, "Predictor")


def train(name: str, frame: pl.DataFrame, label: np.ndarray) -> Exported:
    """An exported model of numbers."""
    algorithm = algorithms()[name]
    columns = tuple(Column(column, Kind.NUMBER) for column in frame.columns)
    plan = plan_for(algorithm.needs, columns, {})
    fitted = len(frame) * 4 // 5
    encoding, matrix = fit_encoding(plan, columns, frame[:fitted], label[:fitted], 0)
    held_out = None
    if algorithm.needs.early_stopping:
        held_out = (encoding.transform(frame[fitted:]), label[fitted:])
    label = label[:fitted]
    model = algorithm.fit(Fit(matrix, label, None, 2, {}, 0, 1, held_out))
    scored = Scored(model.predict(matrix), label, "probability")
    calibrator = find_calibrator("sigmoid").fit(scored)
    classify = TaskName.CLASSIFY
    return export(name, classify, encoding, model, calibrator=calibrator, classes=("no", "yes"))


def throughput(name: str, exported: Exported, frame: pl.DataFrame, rounds: int) -> Figure:
    """Rows a second of the predictor as a share of those of the bare session."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(exported.model, options)
    predictor, arrow = Predictor(exported, threads=1), frame.to_arrow()
    bare_s = statistics.median(seconds(lambda: bare(session, arrow)) for _ in range(rounds))
    mine_s = statistics.median(seconds(lambda: predictor.predict(frame)) for _ in range(rounds))
    return Figure(
        f"{len(frame):,} rows x {COLUMNS} numbers, {name}: share of the bare rows/s",
        bare_s / mine_s,
        RATIO_BAR,
        "higher",
        {"keel rows/s": len(frame) / mine_s, "bare rows/s": len(frame) / bare_s},
    )


def one_row(name: str, exported: Exported, frame: pl.DataFrame) -> Figure:
    """Milliseconds from one row as a request brings it to its answer; the median of many calls."""
    predictor, signature = Predictor(exported, threads=1), exported.signature
    rows = [frame.row(i, named=True) for i in range(ONE_ROW_CALLS)]
    took_ms = []
    for row in rows:
        began = time.perf_counter_ns()
        predictor.answer(frame_of([row], signature).frame)
        took_ms.append((time.perf_counter_ns() - began) / 1e6)
    return Figure(
        f"1 row x {COLUMNS} numbers, {name}: milliseconds",
        statistics.median(took_ms),
        ONE_ROW_BAR_MS,
        "lower",
        {"p99": statistics.quantiles(took_ms, n=100)[98]},
    )


def bare(session: onnxruntime.InferenceSession, table: pa.Table) -> None:
    """The same graph, fed from Arrow batches."""
    names = [output.name for output in session.get_outputs()]
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        arrays = (column.to_numpy().astype(np.float32)[:, None] for column in batch.columns)
        session.run(names, dict(zip(batch.schema.names, arrays, strict=True)))


def hashing(what: str, texts: int, words: int, bar_s: float) -> Figure:
    """Seconds to hash texts of made-up words."""
    random = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwypvbgk"))
    book = ["".join(random.choice(letters, random.integers(1, 10))) for _ in range(20_000)]
    column = pl.Series([" ".join(random.choice(book, words)) for _ in range(texts)])
    hash_texts(column[:10], HashSettings())
    took_s = seconds(lambda: hash_texts(column, HashSettings()))
    mean = column.str.len_chars().mean()
    return Figure(
        f"{texts:,} {what} of {mean:.0f} characters hashed, seconds", took_s, bar_s, "lower"
    )


def seconds(act: Callable[[], object]) -> float:
    """Of the processor."""
    began = time.process_time()
    act()
    return time.process_time() - began


if __name__ == "__main__":
    raise SystemExit(main())

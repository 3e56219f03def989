"""What keeping an answer costs, beside the same rows written by Arrow alone.

Answers to single rows of 30 numbers, of two classes, with a key and a unit, are appended one by
one, written, synced and sealed. Counted is the processor time of the whole process for each answer.
The peer makes record batches of the same size of dictionaries with the same columns
(`RecordBatch.from_pylist`), writes them to a stream, reads it back and writes it as Parquet.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from figures import Figure, report
from keel.data.table import Column
from keel.metrics.quantile import quantile
from keel.serve.answer_log import Answered
from keel.serve.answers.layout import ASKED, FEATURE, Layout
from keel.serve.answers.queued_log import AT_ONCE, QueuedLog
from keel.serve.answers.read_answers import read_answers
from keel.spec.kinds import Kind, TaskName
from keel.train.export.predictor import Prediction
from keel.train.export.signature import GraphColumn, Output, Signature, describe_input

COLUMNS = tuple(f"f{number:02d}" for number in range(30))
DECLARED = {"data": {"payments": {"table": "p.parquet", "key": "tx_id"}}}
CLASSES = ("no", "yes")
KEY = bytes(32)
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)

ALL_BAR_US = 10.0
APPEND_BAR_US = 1.0
PEER_BAR = 1.0


class Version:
    """What the log asks of a served version."""

    def __init__(self) -> None:
        columns = tuple(Column(name, Kind.NUMBER) for name in COLUMNS)
        inputs = tuple(describe_input(column) for column in columns)
        graph = tuple(GraphColumn(column.name, column.kind, (column.name,)) for column in columns)
        output = (Output("scores", "FP32", (-1, 2), ""),)
        self.system, self.number = "fraud", 1
        self.signature = Signature(TaskName.CLASSIFY, inputs, graph, output, classes=CLASSES)
        self.record = self
        self.declaration: Mapping[str, object] = DECLARED


def main() -> int:
    """Print the figures; 1 if one misses its bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer answers")
    parser.add_argument("--answers", type=int, default=200_000)
    given = parser.parse_args()
    count = 40_000 if given.quick else given.answers
    version = Version()
    answers = make(version, count)
    with tempfile.TemporaryDirectory() as folder:
        keep(answers[:2_000], Path(folder, "warm"))
        all_us, append_us = keep(answers, Path(folder, "answers"))
        kept = read_answers(Path(folder, "answers"), "fraud").frame.select("row").collect()
        assert len(kept) == count
        bare(version, answers[:2_000], Path(folder, "warm.arrow"))
        peer_us = bare(version, answers, Path(folder, "bare.arrow"))
    figures = [
        Figure("an answer, all in, us of processor", all_us, ALL_BAR_US, "lower"),
        Figure("times Arrow alone", all_us / peer_us, PEER_BAR, "lower", {"Arrow, us": peer_us}),
        Figure("append, median us", append_us, APPEND_BAR_US, "lower"),
    ]
    return report(figures, f"Answer log, {count:,} answers of {len(COLUMNS)} numbers")


def make(version: Version, count: int) -> list[Answered]:
    """Answers as a server makes them."""
    random = np.random.default_rng(7)
    numbers = random.normal(size=(count, len(COLUMNS))).tolist()
    scores = random.random(count)
    return [
        Answered(
            version,  # type: ignore[arg-type]
            f"{number:032x}",
            BEGAN + timedelta(microseconds=67 * number),
            {**dict(zip(COLUMNS, row, strict=True)), "tx_id": number},
            Prediction(np.array([[1 - score, score]]), np.array([int(score > 0.5)])),
            0.07,
            unit=f"customer {number % 977}",
        )
        for number, (row, score) in enumerate(zip(numbers, scores, strict=True))
    ]


def keep(answers: list[Answered], root: Path) -> tuple[float, float]:
    """Microseconds of processor time for each answer, and of the median append."""
    took_ns = []
    began_s = time.process_time()
    with QueuedLog(root, KEY, most=len(answers)) as log:
        for start in range(0, len(answers), 1000):
            began_ns = time.perf_counter_ns()
            for answered in answers[start : start + 1000]:
                log.append(answered)
            took_ns.append((time.perf_counter_ns() - began_ns) / 1000)
    spent_s = time.process_time() - began_s
    assert not any(one.dropped for one in log.counts)
    return spent_s / len(answers) * 1e6, quantile(np.sort(np.array(took_ns)), 0.5) / 1e3


def bare(version: Version, answers: list[Answered], path: Path) -> float:
    """Microseconds of processor time for each answer written by Arrow alone."""
    schema = Layout(version.signature, DECLARED, KEY).schema
    rows = [plain(answered) for answered in answers]
    began_s = time.process_time()
    with path.open("wb") as file, pa.ipc.new_stream(file, schema) as stream:
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            stream.write_batch(pa.RecordBatch.from_pylist(part, schema=schema))
        file.flush()
        os.fdatasync(file.fileno())
    with path.open("rb") as file, pa.ipc.open_stream(file) as read:
        pa.parquet.write_table(read.read_all(), path.with_suffix(".parquet"), compression="zstd")
    return (time.process_time() - began_s) / len(answers) * 1e6


def plain(answered: Answered) -> dict[str, object]:
    """An answer as a dictionary of the log's columns."""
    rows, prediction = answered.rows, answered.prediction
    assert isinstance(rows, dict)
    assert prediction is not None
    assert prediction.decision is not None
    return {
        "request_id": answered.request_id,
        "row": 0,
        "time": answered.at,
        "unit": answered.unit,
        "arm": answered.arm,
        "latency_ms": answered.latency_ms,
        "scores": prediction.output[0].tolist(),
        "prediction": CLASSES[prediction.decision[0]],
        **{FEATURE + name: rows[name] for name in COLUMNS},
        ASKED + "tx_id": str(rows["tx_id"]),
    }


if __name__ == "__main__":
    sys.exit(main())

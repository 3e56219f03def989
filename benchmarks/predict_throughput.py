"""Rows per second of `keel predict` against ONNX Runtime on the same graph from Arrow batches.

1,000,000 rows x 30 numbers in an Arrow file. The peer feeds the version's own `model.onnx`, column
by column, from the file's record batches, and drops the answers; `keel predict` also checks every
value, decides, and writes a Parquet file. Both are timed as they run, inside one process that has
loaded its libraries, and `keel predict` also as a command from start to end.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import polars as pl
import pyarrow as pa
import pyarrow.ipc

import keel
from figures import Figure, report, with_sleeping_threads
from keel.batch import answer_table
from keel.settings import read_settings
from keel.store import open_store
from keel.train.progress import silent
from overhead import COLUMNS, number_table

BAR = 0.7
TRAIN_ROWS = 20_000
BATCH_ROWS = 65_536
THREADS = os.cpu_count() or 1


def main() -> int:
    """Print the figures; 1 if the bar is missed."""
    with_sleeping_threads()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    quick = parser.parse_args().quick
    rows, times = (100_000, 3) if quick else (1_000_000, 5)
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        table = number_table(rows, COLUMNS).drop("label")
        arrow = folder / "rows.arrow"
        table.write_ipc(arrow, record_batch_size=BATCH_ROWS)
        train = number_table(TRAIN_ROWS, COLUMNS)
        figures = [
            _compare(model, train, arrow, folder, rows, times) for model in ("lightgbm", "logistic")
        ]
    return report(figures, "keel predict")


def _compare(
    model: str, train: pl.DataFrame, arrow: Path, folder: Path, rows: int, times: int
) -> Figure:
    home = folder / model
    session = keel.run(train, target="label", name=model, models=[model], trials=1, home=home)
    store = open_store(read_settings({"KEEL_HOME": str(home)}))
    out = folder / f"{model}.parquet"
    graph = session.folder / "model.onnx"
    bare, ours = [], []
    for _ in range(times):
        bare.append(_bare(graph, arrow))
        began = time.perf_counter()
        answer_table(store, model, str(arrow), out, threads=THREADS, tell=silent)
        ours.append(time.perf_counter() - began)
    assert pl.scan_parquet(out).select(pl.len()).collect().item() == rows
    began = time.perf_counter()
    command = [str(Path(sys.executable).parent / "keel"), "predict", model, str(arrow), str(out)]
    environment = os.environ | {"KEEL_HOME": str(home)}
    subprocess.run([*command, "--quiet"], check=True, env=environment)
    whole = time.perf_counter() - began
    mine, peer = rows / statistics.median(ours), rows / statistics.median(bare)
    return Figure(
        f"keel predict {rows:,} x {COLUMNS} with {model}, share",
        mine / peer,
        BAR,
        "higher",
        {"keel rows/s": mine, "ONNX Runtime rows/s": peer, "command rows/s": rows / whole},
    )


def _bare(graph: Path, arrow: Path) -> float:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    inputs = [tensor.name for tensor in session.get_inputs()]
    outputs = [tensor.name for tensor in session.get_outputs()]
    began = time.perf_counter()
    with pa.memory_map(str(arrow)) as source:
        reader = pyarrow.ipc.open_file(source)
        named = [name for name in reader.schema.names if name in inputs]
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            feed = {
                name: batch.column(name).to_numpy().astype(np.float32).reshape(-1, 1)
                for name in named
            }
            session.run(outputs, feed)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())

"""A table with every kind of column, and a model simple enough to know by heart."""

from datetime import datetime

import numpy as np
import polars as pl

from keel.data.table import Column
from keel.spec.kinds import Kind

COLUMNS = (
    Column("spend", Kind.NUMBER),
    Column("scores", Kind.NUMBER),
    Column("member", Kind.BOOLEAN),
    Column("plan", Kind.CATEGORY),
    Column("since", Kind.TIME),
    Column("note", Kind.TEXT),
    Column("reply", Kind.TEXT),
)


def table(rows=300, seed=0):
    """A frame with every kind of column, and what is missing in each."""
    rng = np.random.default_rng(seed)
    gone = rng.random((rows, 7)) < 0.1
    words = np.array(["free", "win", "call", "at", "home", "now!", "12"])
    data = {
        "spend": rng.lognormal(3, 1, rows),
        "scores": rng.normal(size=rows),
        "member": rng.random(rows) < 0.5,
        "plan": rng.choice(["a", "b", "c", "d"], rows),
        "since": [datetime(2020, 1, 1 + int(d), int(d)) for d in rng.integers(0, 20, rows)],
        "note": [" ".join(rng.choice(words, rng.integers(1, 6))) for _ in range(rows)],
        "reply": [" ".join(rng.choice(words, rng.integers(0, 3))) for _ in range(rows)],
    }
    frame = pl.DataFrame(data).with_columns(pl.col("since").cast(pl.Datetime("us")))
    for j, name in enumerate(frame.columns):
        frame = frame.with_columns(pl.when(~pl.Series(gone[:, j])).then(pl.col(name)).alias(name))
    label = (frame["note"].str.contains("free").fill_null(False).to_numpy()).astype(np.int64)
    return frame, label


class Sum:
    """A linear model whose weights are all known: 0.01 times a falling sequence."""

    def __init__(self, matrix):
        self.scores = "decision"
        self.parameters = {}
        self.dense = (0.01 / (1 + np.arange(matrix.dense.shape[1])))[:, None].astype(np.float32)
        width = 0 if matrix.text is None else matrix.text.shape[1]
        self.text = (np.arange(width) % 7 - 3.0).astype(np.float32)[:, None]

    def predict(self, matrix):
        total = matrix.dense @ self.dense
        if matrix.text is not None:
            total = total + matrix.text @ self.text
        return total.astype(np.float32)

    def graph(self, graph, matrix):
        total = graph.node("MatMul", matrix.dense, graph.float32(self.dense))
        for text in matrix.text:
            rows = graph.node("Gather", graph.float32(self.text), text.ids)
            rows = graph.node("Squeeze", rows, graph.int64([2]))
            weighted = graph.node("Mul", rows, text.weights)
            part = graph.node("ReduceSum", weighted, graph.int64([1]), keepdims=1)
            total = graph.node("Add", total, part)
        return total

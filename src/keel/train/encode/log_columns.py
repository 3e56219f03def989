"""Sequence columns of log lines, as numbers and as sequences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.codecs.templates import STATISTICS, Templates, fit_templates
from keel.train.encode.source import Source
from keel.train.export.graph import DOUBLE, FLOAT, Graph, SequenceInput
from keel.train.matrix import Float32, Sequences

MOST_COUNTED = 200
"""Templates whose counts are numbers for algorithms that take no sequences."""

NAME_CHARACTERS = 40


@dataclass(frozen=True, eq=False)
class Log:
    """A sequence column of log lines: its fitted codec, and the ids whose counts are numbers."""

    column: str
    codec: Templates
    counted: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that `block` makes."""
        texts = (f"{i}: {self.codec.text(i)[:NAME_CHARACTERS]}" for i in self.counted)
        return tuple(f"{self.column}: {name}" for name in (*STATISTICS, *texts))

    def sequences(self, source: Source) -> Sequences:
        """The ids and statistics of n windows."""
        return self.codec.sequences(source.logs[self.column][1])

    def block(self, sequences: Sequences) -> Float32:
        """[n, s + c] statistics, and log(1 + count) of each counted id."""
        counts = np.log1p(sequences.counts[:, list(self.counted)].toarray().astype(np.float64))
        return np.concatenate([sequences.statistics, counts.astype(np.float32)], axis=1)

    def graph(self, graph: Graph, tensors: Sequence[str]) -> tuple[str, SequenceInput]:
        """`block` inside the graph, and all that algorithms may ask of the column."""
        ids, weights, statistics = tensors
        rows = graph.node("Shape", ids, start=0, end=1)
        shape = graph.node("Concat", rows, graph.int64([self.codec.width]), axis=0)
        zeros = graph.node("Expand", graph.float32(0.0), shape)
        counts = graph.node("ScatterElements", zeros, ids, weights, axis=1, reduction="add")
        counted = graph.node("Gather", counts, graph.int64(list(self.counted)), axis=1)
        wide = graph.node("Cast", counted, to=DOUBLE)
        logs = graph.node("Log", graph.node("Add", wide, graph.float64(1.0)))
        logs = graph.node("Cast", logs, to=FLOAT)
        block = graph.node("Concat", statistics, logs, axis=1)
        return block, SequenceInput(ids, weights, statistics, counts, self.codec.known)


def fit_logs(columns: Sequence[Column], source: Source) -> tuple[Log, ...]:
    """Fit the codec of each sequence column. The commonest templates are counted as numbers, and
    whatever was never seen."""
    logs = []
    for column in columns:
        if column.kind is not Kind.SEQUENCE:
            continue
        codec = fit_templates(*source.logs[column.name])
        common = range(1, min(len(codec.kept), MOST_COUNTED) + 1)
        logs.append(Log(column.name, codec, (*common, codec.known + 1)))
    return tuple(logs)

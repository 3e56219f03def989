"""How often each event is in a sequence, natively and inside a graph."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Facts
from keel.train.export.graph import Graph, GraphMatrix, SequenceInput
from keel.train.matrix import Float32, Matrix, Sequences

BLOCK_ROWS = 1_024


def no_sequence(facts: Facts) -> str | None:
    """Why an algorithm for sequences cannot apply here, if it cannot."""
    return None if facts.has_sequence else f"none of {facts.columns} columns is a sequence"


def sequences_of(matrix: Matrix) -> Sequences:
    """The sequences of a matrix that has some. Raises ValueError otherwise."""
    if matrix.sequences is None:
        raise ValueError("this matrix has no sequences: `skip` says so")
    return matrix.sequences


def sequences_in(matrix: GraphMatrix) -> SequenceInput:
    """The same inside a graph."""
    if matrix.sequences is None:
        raise ValueError("this matrix has no sequences: `skip` says so")
    return matrix.sequences


def count_blocks(matrix: Matrix, answer: Callable[[Float32], Float32]) -> Float32:
    """[n, k] answers to [n, known + 1] counts of events, the last of those never seen, asked for
    some rows at a time."""
    counts = sequences_of(matrix).counts[:, 1:]
    starts = range(0, max(counts.shape[0], 1), BLOCK_ROWS)
    return np.concatenate([answer(counts[s : s + BLOCK_ROWS].toarray()) for s in starts])


def counts_graph(graph: Graph, matrix: GraphMatrix) -> str:
    """The counts inside the graph: FLOAT [n, known + 1]."""
    counts = sequences_in(matrix).counts
    last = graph.int64([np.iinfo(np.int64).max])
    return graph.node("Slice", counts, graph.int64([1]), last, graph.int64([1]))


def statistics_graph(graph: Graph, matrix: GraphMatrix, columns: NDArray[np.int64]) -> str:
    """Some of the statistics inside the graph: FLOAT [n, k]."""
    return graph.node("Gather", sequences_in(matrix).statistics, graph.int64(columns), axis=1)

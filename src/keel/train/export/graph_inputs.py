"""What a graph is fed: one tensor per column, two or three for a text."""

from collections.abc import Sequence

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.codecs.templates import STATISTICS as OF_LOGS
from keel.train.encode.hashing import STATISTICS
from keel.train.export.graph import FLOAT, INT64, STRING, Graph

OUTPUTS = ("scores", "value", "prediction")
"""Names of the graph's outputs, which no input may bear."""

_STATISTICS = {Kind.TEXT: len(STATISTICS), Kind.SEQUENCE: len(OF_LOGS)}
_TYPES = {Kind.NUMBER: FLOAT, Kind.BOOLEAN: FLOAT, Kind.CATEGORY: STRING, Kind.TIME: INT64}


def declare_inputs(
    graph: Graph, columns: Sequence[Column], *, statistics: bool
) -> dict[str, tuple[str, ...]]:
    """Declare the inputs of all columns; their names by column, as in `tensor_names`."""
    names = tensor_names(columns, statistics=statistics)
    for column in columns:
        tensors = names[column.name]
        if column.kind in (Kind.TEXT, Kind.SEQUENCE):
            graph.input(tensors[0], INT64, ["n", f"length of {column.name}"])
            graph.input(tensors[1], FLOAT, ["n", f"length of {column.name}"])
            if len(tensors) > 2:
                graph.input(tensors[2], FLOAT, ["n", _STATISTICS[column.kind]])
        else:
            graph.input(tensors[0], _TYPES[column.kind], ["n", 1])
    return names


def tensor_names(columns: Sequence[Column], *, statistics: bool) -> dict[str, tuple[str, ...]]:
    """The graph's input tensors of each column: its name, or for a text or a sequence its name with
    `.ids`, `.weights` and, if they are used, `.statistics`. Where that is taken, underscores are
    added."""
    taken = set(OUTPUTS)
    of_log = (".ids", ".weights", ".statistics")
    ends_of = {Kind.TEXT: of_log if statistics else of_log[:2], Kind.SEQUENCE: of_log}
    names: dict[str, tuple[str, ...]] = {}
    for column in columns:
        ends = ends_of.get(column.kind, ("",))
        stem = column.name
        while stem.startswith("/") or any(stem + end in taken for end in ends):
            stem = f"_{stem}"
        names[column.name] = tuple(stem + end for end in ends)
        taken |= set(names[column.name])
    return names

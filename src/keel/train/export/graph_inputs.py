"""What a graph is fed: one tensor per column, two or three for a text."""

from collections.abc import Sequence

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.encode.hashing import STATISTICS
from keel.train.export.graph import FLOAT, INT64, STRING, Graph

OUTPUTS = ("scores", "value", "prediction")
"""Names of the graph's outputs, which no input may bear."""

_TYPES = {Kind.NUMBER: FLOAT, Kind.BOOLEAN: FLOAT, Kind.CATEGORY: STRING, Kind.TIME: INT64}


def declare_inputs(
    graph: Graph, columns: Sequence[Column], *, statistics: bool
) -> dict[str, tuple[str, ...]]:
    """Declare the inputs of all columns; their names by column, as in `tensor_names`."""
    names = tensor_names(columns, statistics=statistics)
    for column in columns:
        tensors = names[column.name]
        if column.kind is Kind.TEXT:
            graph.input(tensors[0], INT64, ["n", f"length of {column.name}"])
            graph.input(tensors[1], FLOAT, ["n", f"length of {column.name}"])
            if statistics:
                graph.input(tensors[2], FLOAT, ["n", len(STATISTICS)])
        else:
            graph.input(tensors[0], _TYPES[column.kind], ["n", 1])
    return names


def tensor_names(columns: Sequence[Column], *, statistics: bool) -> dict[str, tuple[str, ...]]:
    """The graph's input tensors of each column: its name, or for a text its name with `.ids`,
    `.weights` and, if they are used, `.statistics`. Where that is taken, underscores are added."""
    taken = set(OUTPUTS)
    of_text = (".ids", ".weights", ".statistics") if statistics else (".ids", ".weights")
    names: dict[str, tuple[str, ...]] = {}
    for column in columns:
        ends = of_text if column.kind is Kind.TEXT else ("",)
        stem = column.name
        while stem.startswith("/") or any(stem + end in taken for end in ends):
            stem = f"_{stem}"
        names[column.name] = tuple(stem + end for end in ends)
        taken |= set(names[column.name])
    return names

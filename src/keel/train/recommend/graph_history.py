"""Histories inside a graph."""

from dataclasses import dataclass

from keel.train.export.graph import FLOAT, INT64, Graph

ITEMS = "items"
VALUES = "values"
SEGMENT = "segment"


@dataclass(frozen=True)
class GraphHistory:
    """Names of tensors, of n histories padded to one length L, the oldest item first.

    item: INT64 [n, L], 0 where padded. known: FLOAT [n, L], 1 for an item and 0 for padding.
    value: FLOAT [n, L]. segment: INT64 [n]. items: how many the catalogue has. segments: how many
    codes there are.
    """

    item: str
    known: str
    value: str
    segment: str
    items: int
    segments: int = 1

    def length(self, graph: Graph) -> str:
        """FLOAT [n, 1]: how many items each history holds."""
        return graph.node("ReduceSum", self.known, graph.int64([1]), keepdims=1)

    def age(self, graph: Graph) -> str:
        """FLOAT [n, L]: how many later items the same history holds; below 0 for padding."""
        width = graph.node("Gather", graph.node("Shape", self.item), graph.int64(1))
        place = graph.node("Range", graph.int64(0), width, graph.int64(1))
        last = graph.node("Sub", self.length(graph), graph.float32(1.0))
        return graph.node("Sub", last, graph.node("Cast", place, to=FLOAT))


def graph_histories(graph: Graph, items: int, segments: int = 1) -> GraphHistory:
    """The inputs `items` INT64 [n, L] (-1 for padding), `values` FLOAT [n, L], and `segment` INT64
    [n] where there is more than one. What is outside the catalogue counts as padding."""
    given = graph.input(ITEMS, INT64, ["n", "L"])
    value = graph.input(VALUES, FLOAT, ["n", "L"])
    inside = graph.node(
        "And",
        graph.node("GreaterOrEqual", given, graph.int64(0)),
        graph.node("Less", given, graph.int64(items)),
    )
    item = graph.node("Where", inside, given, graph.int64(0))
    segment = ""
    if segments > 1:
        asked = graph.input(SEGMENT, INT64, ["n"])
        known = graph.node(
            "And",
            graph.node("GreaterOrEqual", asked, graph.int64(0)),
            graph.node("Less", asked, graph.int64(segments)),
        )
        segment = graph.node("Where", known, asked, graph.int64(0))
    known_item = graph.node("Cast", inside, to=FLOAT)
    return GraphHistory(item, known_item, value, segment, items, segments)

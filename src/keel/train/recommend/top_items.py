"""The end of every recommender's graph: the best of the items that are allowed."""

import numpy as np
from numpy.typing import NDArray

from keel.data.histories import NOTHING, Float32
from keel.data.interactions import Codes
from keel.train.export.graph import BOOL, FLOAT, INT64, Graph
from keel.train.recommend.graph_history import graph_histories
from keel.train.recommender import FittedRecommender

ANSWERS = 200
"""How many items an answer of the graph holds, or the whole catalogue if that is smaller: enough
to pick a diverse few of, and to explain."""

_GROUPS = 4

ALLOWED = "allowed"
TOP = "top"
SCORES = "scores"


def top_items(
    scores: Float32, allowed: NDArray[np.bool_] | None = None, most: int = ANSWERS
) -> tuple[Codes, Float32]:
    """[n, N] items, the best first, and their scores. allowed: [n, items], None for all.

    Of equal scores the item with the lower code goes first. Where fewer are allowed, the rest is
    `NOTHING` with a score of minus infinity; a score that is no number is not allowed.
    """
    masked = scores if allowed is None else np.where(allowed, scores, np.float32(-np.inf))
    # A sum of squares is no number only if one of them is none, and takes half the time to find.
    flat = masked.ravel()
    if np.isnan(np.dot(flat, flat)):
        masked = np.where(np.isnan(masked), np.float32(-np.inf), masked)
    rows, items = masked.shape
    most = min(most, items)
    at = np.flatnonzero(masked >= _border(masked, most)[:, None])
    at = at[np.isfinite(masked.ravel()[at])]
    row, item = np.divmod(at, items)
    value = masked.ravel()[at]
    order = np.lexsort((item, -value, row))
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = place < most
    row, order, place = row[kept], order[kept], place[kept]
    found = np.full((rows, most), NOTHING, dtype=np.int64)
    best = np.full((rows, most), -np.inf, dtype=np.float32)
    found[row, place], best[row, place] = item[order], value[order]
    return found, best


def _border(scores: Float32, most: int) -> Float32:
    """[n] a score that at least `most` of each row reach, and not many more.

    In long rows it is that of the `most`-th best of groups of items: finding a group's best takes
    a tenth of the time of parting the whole row.
    """
    items = scores.shape[1]
    groups = _GROUPS * most
    if items >= _GROUPS * groups:
        whole = items - items % groups
        best = scores[:, :groups].copy()
        for start in range(groups, whole, groups):
            np.maximum(best, scores[:, start : start + groups], out=best)
        scores = np.hstack([best, scores[:, whole:]])
    last = scores.shape[1] - most
    return np.asarray(np.partition(scores, last, axis=1)[:, last])


def write_graph(
    name: str, model: FittedRecommender, items: int, segments: int = 1, most: int = ANSWERS
) -> bytes:
    """The graph of a recommender, from histories and what is allowed to the best items.

    In: `items` INT64 and `values` FLOAT [n, L], the oldest first, padded with item -1; `allowed`
    BOOL [n, items]; `segment` INT64 [n] if there is more than one. Out: `top` INT64 [n, N] and
    `scores` FLOAT [n, N], as of `top_items`. The same bytes for the same model.
    """
    graph = Graph(name)
    history = graph_histories(graph, items, segments)
    allowed = graph.input(ALLOWED, BOOL, ["n", items])
    scores = model.graph(graph, history)
    nowhere = graph.float32(-np.inf)
    number = graph.node("Not", graph.node("IsNaN", scores))
    masked = graph.node("Where", graph.node("And", allowed, number), scores, nowhere)
    size = min(most, items)
    best, found = graph.nodes(
        "TopK", masked, graph.int64([size]), outputs=2, axis=1, largest=1, sorted=1
    )
    lost = graph.node("IsInf", best)
    graph.output(graph.node("Where", lost, graph.int64(NOTHING), found), TOP, INT64, ["n", size])
    graph.output(graph.node("Where", lost, nowhere, best), SCORES, FLOAT, ["n", size])
    return graph.model()

"""The scores of the whole catalogue out of a graph that answers with the best of it."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from keel.data.histories import Float32, Histories
from keel.diagnose.situation import Scorer
from keel.errors import ArtifactError
from keel.train.export.open_session import open_session
from keel.train.recommend.graph_history import ITEMS, SEGMENT, VALUES
from keel.train.recommend.top_items import ALLOWED

CELLS = 1 << 24
"""Numbers of one step in the graph: histories times their length times the catalogue."""


def graph_scores(model: bytes, threads: int = 1) -> Scorer:
    """What the graph ranks by, every item allowed; minus infinity for a score that is no number.

    Raises ArtifactError for a graph that does not end in the best of its scores.
    """
    graph = onnx.load_from_string(model)
    ends = [node for node in graph.graph.node if node.op_type == "TopK"]
    if len(ends) != 1:
        raise ArtifactError(
            f"model.onnx has {len(ends)} places where the best items are picked, and one is "
            "expected: it was not made by this Keel; train the system again"
        )
    name = ends[0].input[0]
    graph.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = open_session(graph.SerializeToString(), threads)
    given = {tensor.name for tensor in session.get_inputs()}

    def scores(histories: Histories) -> Float32:
        found = np.empty((len(histories), histories.items), dtype=np.float32)
        width = max(1, int(histories.lengths.max(initial=0)))
        most = max(1, CELLS // (width * max(1, histories.items)))
        for start in range(0, len(histories), most):
            rows = np.arange(start, min(start + most, len(histories)))
            part = histories.take(rows)
            items, values = part.padded()
            allowed = np.ones((len(rows), histories.items), dtype=np.bool_)
            feed = {ITEMS: items, VALUES: values, ALLOWED: allowed, SEGMENT: part.segments}
            asked = {key: value for key, value in feed.items() if key in given}
            (found[rows],) = session.run([name], asked)
        return found

    return scores

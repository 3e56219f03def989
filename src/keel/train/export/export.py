"""Writes a fitted recipe into one graph."""

from collections.abc import Mapping, Sequence

import numpy as np

from keel.data.table import Column
from keel.spec.kinds import Kind, TaskName
from keel.train.algorithm import FittedModel
from keel.train.calibration.calibrator import FittedCalibrator
from keel.train.encode.encoding import FittedEncoding
from keel.train.encode.target import FittedTarget
from keel.train.export.exported import Exported
from keel.train.export.graph import FLOAT, INT64, Graph
from keel.train.export.graph_inputs import tensor_names
from keel.train.export.signature import (
    Cut,
    Feature,
    GraphColumn,
    Output,
    Signature,
    describe_input,
)


def export(
    name: str,
    task: TaskName,
    encoding: FittedEncoding,
    model: FittedModel,
    *,
    calibrator: FittedCalibrator | None = None,
    target: FittedTarget | None = None,
    classes: Sequence[str] = (),
    cuts: Sequence[Cut] = (),
    flagged: int = 0,
    otherwise: str = "",
    inputs: Sequence[Column] | None = None,
    features: Mapping[str, str] | None = None,
    missing: Sequence[str] = (),
) -> Exported:
    """One graph from feature columns to `scores` [n, classes] and `prediction` [n], or to `value`
    [n, 1]; the same bytes for the same arguments.

    name: of the graph. calibrator: needed for classify. inputs: columns of a request, if they
    differ from the feature columns. Arguments from `cuts` on are explained at `Signature`.
    """
    graph = Graph(name)
    scores = model.graph(graph, encoding.graph(graph))
    if task is TaskName.REGRESS:
        value = scores if target is None else target.graph(graph, scores)
        graph.output(value, "value", FLOAT, ["n", 1])
        outputs = [Output("value", "FP32", (-1, 1), "the predicted value")]
    else:
        if calibrator is None:
            raise ValueError("a classifier needs a calibrator; `none` is one")
        scores = calibrator.graph(graph, scores)
        graph.output(scores, "scores", FLOAT, ["n", len(classes)])
        cut = cuts[flagged].threshold if cuts else None
        prediction = _predict(graph, scores, cut)
        graph.output(prediction, "prediction", INT64, ["n"])
        outputs = [
            Output("scores", "FP32", (-1, len(classes)), "a probability for each class"),
            Output("prediction", "INT64", (-1,), "number of the predicted class"),
        ]
    columns, codecs = _columns(encoding)
    signature = Signature(
        task,
        tuple(describe_input(column) for column in (inputs or encoding.columns)),
        columns,
        tuple(outputs),
        tuple(Feature(name, expression) for name, expression in (features or {}).items()),
        tuple(classes),
        classes[1] if len(classes) == 2 else None,
        tuple(cuts),
        flagged,
        otherwise,
        tuple(missing),
        held=graph.held,
    )
    return Exported(graph.model(), signature, codecs)


def _predict(graph: Graph, scores: str, cut: float | None) -> str:
    if cut is None:
        return graph.node("ArgMax", scores, axis=1, keepdims=0)
    positive = graph.node("Gather", scores, graph.int64(1), axis=1)
    above = graph.node("GreaterOrEqual", positive, graph.float32(np.float32(cut)))
    return graph.node("Cast", above, to=INT64)


def _columns(encoding: FittedEncoding) -> tuple[tuple[GraphColumn, ...], dict[str, bytes]]:
    tensors = tensor_names(encoding.columns, statistics=encoding.plan.uses_statistics)
    codecs = encoding.codecs
    columns, files = [], {}
    for number, column in enumerate(encoding.columns):
        file = None
        if column.kind in (Kind.TEXT, Kind.SEQUENCE):
            # Not named after the column, whose name may be no name for a file.
            file = f"codecs/{number}.codec"
            files[file] = codecs[column.name].to_bytes()
        columns.append(
            GraphColumn(column.name, column.kind, tensors[column.name], file, column.form)
        )
    return tuple(columns), files

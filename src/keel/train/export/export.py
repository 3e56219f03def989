"""Writes a fitted recipe into one graph."""

from collections.abc import Sequence

import numpy as np

from keel.features.plan import FeaturePlan
from keel.spec.kinds import Kind, TaskName
from keel.train.algorithm import FittedModel
from keel.train.calibration.calibrator import FittedCalibrator
from keel.train.encode.encoding import FittedEncoding
from keel.train.encode.target import FittedTarget
from keel.train.export.exported import Exported
from keel.train.export.feature_plan import declare_tables, describe_inputs
from keel.train.export.graph import FLOAT, INT64, Graph
from keel.train.export.graph_inputs import tensor_names
from keel.train.export.signature import (
    Cut,
    Feature,
    GraphColumn,
    Output,
    Signature,
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
    plan: FeaturePlan | None = None,
    missing: Sequence[str] = (),
) -> Exported:
    """One graph from feature columns to `scores` [n, classes] and `prediction` [n], to `value`
    [n, 1], or to anomaly `scores` [n, 1] and `prediction` [n]; the same bytes for the same
    arguments.

    name: of the graph. calibrator: needed for classify. plan: how features come from the columns of
    a request, if they do. Arguments from `cuts` on are explained at `Signature`.
    """
    graph = Graph(name)
    scores = model.graph(graph, encoding.graph(graph))
    if task is TaskName.REGRESS:
        outputs = _value(graph, scores if target is None else target.graph(graph, scores))
    elif task is TaskName.DETECT:
        outputs = _anomalies(graph, scores, cuts[flagged].threshold)
    elif calibrator is None:
        raise ValueError("a classifier needs a calibrator; `none` is one")
    else:
        cut = cuts[flagged].threshold if cuts else None
        outputs = _probabilities(graph, calibrator.graph(graph, scores), len(classes), cut)
    columns, codecs = _columns(encoding)
    texts = {} if plan is None else plan.texts
    tables = () if plan is None else declare_tables(plan)
    plain = not tables and all(name == text for name, text in texts.items())
    signature = Signature(
        task,
        describe_inputs(encoding.columns if plan is None else plan.source, tables),
        columns,
        tuple(outputs),
        () if plain else tuple(Feature(name, text) for name, text in texts.items()),
        tuple(classes),
        classes[1] if len(classes) == 2 else None,
        tuple(cuts),
        flagged,
        otherwise,
        tuple(missing),
        held=graph.held,
        tables=tables,
    )
    return Exported(graph.model(), signature, codecs)


def _value(graph: Graph, value: str) -> list[Output]:
    graph.output(value, "value", FLOAT, ["n", 1])
    return [Output("value", "FP32", (-1, 1), "the predicted value")]


def _anomalies(graph: Graph, scores: str, cut: float) -> list[Output]:
    graph.output(scores, "scores", FLOAT, ["n", 1])
    graph.output(_flag(graph, scores, 0, cut), "prediction", INT64, ["n"])
    return [
        Output("scores", "FP32", (-1, 1), "an anomaly score, higher where a row is odder"),
        Output("prediction", "INT64", (-1,), "1 where the score is an alert, else 0"),
    ]


def _probabilities(graph: Graph, scores: str, classes: int, cut: float | None) -> list[Output]:
    graph.output(scores, "scores", FLOAT, ["n", classes])
    graph.output(_predict(graph, scores, cut), "prediction", INT64, ["n"])
    return [
        Output("scores", "FP32", (-1, classes), "a probability for each class"),
        Output("prediction", "INT64", (-1,), "number of the predicted class"),
    ]


def _predict(graph: Graph, scores: str, cut: float | None) -> str:
    if cut is None:
        return graph.node("ArgMax", scores, axis=1, keepdims=0)
    return _flag(graph, scores, 1, cut)


def _flag(graph: Graph, scores: str, column: int, cut: float) -> str:
    """[n] 1 where that column of the scores reaches the cut."""
    chosen = graph.node("Gather", scores, graph.int64(column), axis=1)
    above = graph.node("GreaterOrEqual", chosen, graph.float32(np.float32(cut)))
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

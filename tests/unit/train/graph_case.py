"""Runs a part of a graph on columns, as a predictor would feed it."""

from collections.abc import Callable

import numpy as np
import onnxruntime
import polars as pl
from numpy.typing import NDArray

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.export.graph import FLOAT, INT64, STRING, Graph
from keel.train.export.tensors import category_tensor, number_tensor, time_tensor

KINDS = {pl.String: Kind.CATEGORY, pl.Boolean: Kind.BOOLEAN, pl.Float64: Kind.NUMBER}


def columns_of(frame: pl.DataFrame) -> tuple[Column, ...]:
    """The frame's columns by their types, text counted as categories."""
    return tuple(
        Column(s.name, Kind.TIME if s.dtype.is_temporal() else KINDS[type(s.dtype)])
        for s in frame.iter_columns()
    )


def run_columns(
    frame: pl.DataFrame, build: Callable[[Graph, list[str]], str], width: int
) -> NDArray[np.float32]:
    """[n, width] that the nodes of `build` make of the frame's columns."""
    graph = Graph("case")
    feed, inputs = {}, []
    for series in frame.iter_columns():
        if series.dtype == pl.String:
            kind, tensor = STRING, category_tensor(series)
        elif series.dtype.is_temporal():
            kind, tensor = INT64, time_tensor(series)
        else:
            kind, tensor = FLOAT, number_tensor(series)
        inputs.append(graph.input(series.name, kind, ["n", 1]))
        feed[series.name] = tensor[:, None]
    graph.output(build(graph, inputs), "out", FLOAT, ["n", width])
    return _run(graph, feed)


def run_scores(
    scores: NDArray[np.float32], build: Callable[[Graph, str], str]
) -> NDArray[np.float32]:
    """[n, k] that the nodes of `build` make of scores."""
    graph = Graph("case")
    tensor = graph.input("in", FLOAT, ["n", scores.shape[1]])
    graph.output(build(graph, tensor), "out", FLOAT, ["n", "k"])
    return _run(graph, {"in": scores})


def _run(graph: Graph, feed: dict[str, NDArray[np.generic]]) -> NDArray[np.float32]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.model(), options)
    return np.asarray(session.run(None, feed)[0])

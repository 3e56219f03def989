"""Answers one request of the Open Inference Protocol: typed tensors in, typed tensors out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from keel.errors import NotFound, RequestError
from keel.serve.answer_log import ASKED
from keel.serve.output_tensors import OutputTensor, output_tensors
from keel.serve.predict_request import Options, read_options
from keel.serve.request_id import new_request_id
from keel.serve.row_of_tensors import row_of_tensors
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.serve.standing import Choice
from keel.serve.tensors import BinaryTensor, Tensor, frame_of_tensors
from keel.train.export.ask_options import OF_LISTS
from keel.train.export.predictor import Prediction
from keel.train.export.signature import Signature

_ASKED = ("unit", *OF_LISTS)


@dataclass(frozen=True)
class Asked:
    """inputs: one tensor per column. wanted: outputs to send back, all when it is empty. id: the
    answer's too; a new one when it is empty. parameters: `unit` says who or what the request is
    about; the options of lists are read too, and others are ignored."""

    inputs: Sequence[Tensor | BinaryTensor]
    wanted: Sequence[str] = ()
    id: str = ""
    parameters: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Inferred:
    """The answers of a version. unread: how many values of each column could not be read and
    counted as missing."""

    served: Served
    id: str
    outputs: list[OutputTensor]
    unread: Mapping[str, int]

    @property
    def parameters(self) -> dict[str, int]:
        """What is said beside the outputs: `unread COLUMN`."""
        return {f"unread {name}": count for name, count in self.unread.items()}


def infer(runtime: Runtime, model: str, version: str | None, asked: Asked) -> Inferred:
    """The answers of `model`, by the version that is asked for or that a release chooses; logged.

    Raises NotFound in the protocol's words, NotReady, RequestError with all that is wrong.
    """
    began_ns = time.perf_counter_ns()
    at_ms = time.time_ns() // 1_000_000
    served = find_model(runtime, model, version)
    try:
        options = _options(asked.parameters or {}, served.signature)
        request_id = asked.id or new_request_id()
        rows = _read(asked.inputs, served)
        choice = Choice(served, ASKED)
        if not version:
            standing = runtime.standing(model)
            unit = options.unit or standing.unit_of(_named(rows, served))
            options = msgspec.structs.replace(options, unit=unit)
            choice = standing.choose(unit or request_id)
            served = choice.served
        read_ns = time.perf_counter_ns()
        with runtime.noting_failures(choice, request_id, options.unit):
            prediction = _answer(runtime, choice, rows, asked.inputs, request_id, options)
        answered_ns = time.perf_counter_ns()
        outputs = output_tensors(prediction, served.signature, asked.wanted)
    except Exception:
        runtime.statistics.failed(served, at_ms, time.perf_counter_ns() - began_ns)
        raise
    runtime.statistics.answered(
        served,
        len(prediction.output),
        at_ms,
        read_ns - began_ns,
        answered_ns - read_ns,
        time.perf_counter_ns() - answered_ns,
    )
    runtime.hand_to_shadow(choice, request_id, options.unit, lambda: _objects(rows), options.asked)
    return Inferred(served, request_id, outputs, prediction.unread)


def find_model(runtime: Runtime, model: str, version: str | None = None) -> Served:
    """What answers for `model`; a version of "" is any. Raises NotFound in the protocol's words,
    NotReady."""
    try:
        return runtime.serving(model, version or None)
    except NotFound as error:
        raise NotFound(f"Request for unknown model: {error}") from error


def _read(inputs: Sequence[Tensor | BinaryTensor], served: Served) -> dict[str, Any] | pl.DataFrame:
    """A plain row where that is answered on the spot, else a table."""
    row = None if served.quick_row is None else row_of_tensors(inputs)
    return frame_of_tensors(inputs, served.signature) if row is None else row


def _objects(rows: dict[str, Any] | pl.DataFrame) -> list[dict[str, Any]]:
    return [rows] if isinstance(rows, dict) else rows.to_dicts()


def _named(rows: dict[str, Any] | pl.DataFrame, served: Served) -> Sequence[Mapping[str, object]]:
    """What the rows are about, each thing once."""
    if isinstance(rows, dict):
        return [rows]
    column = served.unit_column
    return [] if column not in rows.columns else rows.select(column).unique().to_dicts()


def _answer(
    runtime: Runtime,
    choice: Choice,
    rows: dict[str, Any] | pl.DataFrame,
    inputs: Sequence[Tensor | BinaryTensor],
    request_id: str,
    options: Options,
) -> Prediction:
    served, unit = choice.served, options.unit
    if isinstance(rows, dict):
        began_s = time.perf_counter()
        prediction = None if served.quick_row is None else served.quick_row.answer(rows)
        if prediction is not None:
            latency_ms = (time.perf_counter() - began_s) * 1e3
            now = runtime.clock()
            runtime.log(choice.answered(request_id, now, rows, prediction, latency_ms, unit))
            return prediction
        rows = frame_of_tensors(inputs, served.signature)
    return runtime.answer(choice, rows, request_id=request_id, unit=unit, options=options.asked)


def _options(parameters: Mapping[str, Any], signature: Signature) -> Options:
    problems: list[str] = []
    asked = _ASKED if signature.listing is not None else ("unit",)
    given = {name: value for name, value in parameters.items() if name in asked}
    options = read_options(given, problems, signature)
    if problems:
        raise RequestError("\n".join(problems).replace("option ", "parameter "))
    return options

"""Answers a JSON request of one plain row on the spot."""

import time
from typing import Any, cast

import msgspec

from keel.serve.answer_log import Answered
from keel.serve.predict_request import Answers, shape_answers
from keel.serve.read_json import read_json
from keel.serve.runtime import Runtime

_UNIT = {"unit"}


def predict_row(
    runtime: Runtime, system: str, body: bytes, request_id: str, began_s: float
) -> tuple[bytes, Answered] | None:
    """The answer of `system` as JSON, and what is to be logged when it is sent; None for whatever
    is more than a plain row of a quick version, which `predict` answers, or refuses.

    began_s: when the request began, by `time.perf_counter`. Raises NotFound, NotReady, and
    RequestError for a body that is not JSON.
    """
    asked = _row_and_unit(read_json(body, cast("type[Any]", Any)))
    if asked is None:
        return None
    row, unit = asked
    standing = runtime.standing(system)
    unit = unit or standing.unit_of((row,))
    choice = standing.choose(unit or request_id)
    served = choice.served
    prediction = None if served.quick_row is None else served.quick_row.answer(row)
    if prediction is None:
        return None
    answers = shape_answers(prediction, served.signature)
    content = msgspec.json.encode(Answers(system, served.number, request_id, answers))
    latency_ms = (time.perf_counter() - began_s) * 1e3
    at = runtime.clock()
    return content, choice.answered(request_id, at, row, prediction, latency_ms, unit)


def _row_and_unit(given: Any) -> tuple[dict[str, Any], str | None] | None:
    if type(given) is not dict:
        return None
    if "rows" not in given:
        return given, None
    rows, options = given["rows"], given.get("options") or {}
    if not (type(rows) is list and len(rows) == 1 and type(rows[0]) is dict):
        return None
    if not (given.keys() <= {"rows", "options"} and type(options) is dict):
        return None
    unit = options.get("unit")
    if not (options.keys() <= _UNIT and (unit is None or type(unit) is str)):
        return None
    return rows[0], unit

"""The request and the answer that all tasks share, as JSON."""

from typing import Any, cast

import msgspec

from keel.errors import RequestError
from keel.serve.read_json import read_json
from keel.serve.rows import describe
from keel.spec.nearest import did_you_mean
from keel.train.export.predictor import Prediction
from keel.train.export.signature import Signature

Value = str | int | float | bool | None


class Options(msgspec.Struct, frozen=True):
    """unit: who or what the request is about; the same unit is answered by the same version."""

    unit: str | None = None


class PredictRequest(msgspec.Struct, frozen=True):
    """Rows to answer, each an object with a value for every column; null where it is missing."""

    rows: list[dict[str, Value]]
    options: Options = Options()


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """prediction: the class, or the value. scores: the probability of each class, for classify;
    the anomaly score, for detect.
    action: for systems that declare actions."""

    prediction: str | float
    scores: dict[str, float] | msgspec.UnsetType = msgspec.UNSET
    action: str | msgspec.UnsetType = msgspec.UNSET


class Answers(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer for each row, in their order, and the version that gave them. unread: how many
    values of each column could not be read and counted as missing; absent when there were none."""

    system: str
    version: int
    request_id: str
    predictions: list[Answer]
    unread: dict[str, int] | msgspec.UnsetType = msgspec.UNSET


def read_predict_request(body: bytes, signature: Signature) -> PredictRequest:
    """What a body asks of a system with this signature. A bare object is one row.

    The rows are not looked at yet. Raises RequestError.
    """
    given: Any = read_json(body, cast("type[Any]", Any))
    if not isinstance(given, dict):
        raise RequestError(
            f'the body is {describe(given)}; allowed is {{"rows": [{{...}}]}}, or one row as an '
            "object"
        )
    named_rows = any(column.name == "rows" for column in signature.inputs)
    if "rows" not in given or (named_rows and not isinstance(given["rows"], list)):
        return PredictRequest([given])
    problems = [
        f"{name!r} is not known beside 'rows': {did_you_mean(name, ('options',))}"
        for name in given
        if name not in ("rows", "options")
    ]
    rows = given["rows"]
    if not isinstance(rows, list):
        problems.append(f"'rows' is {describe(rows)}; allowed is a list of objects")
    options = _options(given.get("options"), problems)
    if problems:
        raise RequestError("\n".join(problems))
    return PredictRequest(rows, options)


def shape_answers(prediction: Prediction, signature: Signature) -> list[Answer]:
    """One answer for each row."""
    if prediction.decision is None:
        return [Answer(value) for value in prediction.output.tolist()]
    classes, scored = signature.classes, signature.scored
    scores = prediction.output.reshape(-1, len(scored)).tolist()
    pairs = zip(prediction.decision.tolist(), scores, strict=True)
    if prediction.action is None:
        return [Answer(classes[code], dict(zip(scored, row, strict=True))) for code, row in pairs]
    actions = signature.actions
    return [
        Answer(classes[code], dict(zip(scored, row, strict=True)), actions[action])
        for (code, row), action in zip(pairs, prediction.action.tolist(), strict=True)
    ]


def _options(given: Any, problems: list[str]) -> Options:
    if given is None:
        return Options()
    if not isinstance(given, dict):
        problems.append(f"'options' is {describe(given)}; allowed is an object")
        return Options()
    known = Options.__struct_fields__
    problems += [
        f"option {name!r} is not known: {did_you_mean(name, known)}"
        for name in given
        if name not in known
    ]
    unit = given.get("unit")
    if unit is not None and not isinstance(unit, str):
        problems.append(f"option 'unit' is {describe(unit)}; allowed is a text")
        return Options()
    return Options(unit)

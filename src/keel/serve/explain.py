"""Explains one JSON request, from its bytes to its bytes."""

from typing import Any, cast

import msgspec

from keel.errors import RequestError
from keel.evaluate.explainer import SCALES, Explanation, Plain, Scale
from keel.serve.predict_request import (
    Options,
    PredictRequest,
    ShownItem,
    Value,
    predict_request,
    shape_answers,
)
from keel.serve.read_json import read_json
from keel.serve.request_id import new_request_id
from keel.serve.rows import describe, frame_of
from keel.serve.runtime import Runtime
from keel.serve.served import Served

MOST_ROWS = 20
"""Each row takes as long as thousands of answers."""


class ExplainOptions(Options, frozen=True):
    """of: the class whose score is explained: unless said the positive one, or that which is
    predicted. scale: `probability` unless said, or `log_odds`. The others are for systems that
    recommend."""

    of: str | None = None
    scale: Scale | None = None


class ExplainRequest(msgspec.Struct, frozen=True):
    """Rows to explain, as rows to answer are given."""

    rows: list[dict[str, Value]]
    options: ExplainOptions = ExplainOptions()


class Moved(msgspec.Struct, frozen=True):
    """How far a feature moved the score, with the standard error of that. values: of the row; of
    several where they are computed of one column and count as one feature."""

    feature: str
    values: dict[str, Plain]
    moved: float
    error: float


class Explained(msgspec.Struct, frozen=True, omit_defaults=True):
    """score: of the class `of`, or the value; it is `base`, the mean over rows of the past, and all
    that moved it. items: for recommend, in place of these, with their reasons."""

    prediction: str | float | None
    of: str | msgspec.UnsetType = msgspec.UNSET
    score: float | msgspec.UnsetType = msgspec.UNSET
    base: float | msgspec.UnsetType = msgspec.UNSET
    attributions: list[Moved] | msgspec.UnsetType = msgspec.UNSET
    items: list[ShownItem] | msgspec.UnsetType = msgspec.UNSET


class ExplainAnswers(msgspec.Struct, frozen=True, omit_defaults=True):
    """One explanation for each row, in their order. unit: of scores. exact: every coalition of
    features was counted; else orders were drawn, and the errors say how well. background: of how
    many rows `base` is the mean. unread: how many values of each column could not be read."""

    system: str
    version: int
    request_id: str
    explanations: list[Explained]
    unit: str | msgspec.UnsetType = msgspec.UNSET
    exact: bool | msgspec.UnsetType = msgspec.UNSET
    background: int | msgspec.UnsetType = msgspec.UNSET
    unread: dict[str, int] | msgspec.UnsetType = msgspec.UNSET


def explain(runtime: Runtime, system: str, body: bytes) -> bytes:
    """Why `system` answers the rows of `body` as it does, both JSON.

    Raises NotFound, NotReady, and RequestError with all that is wrong.
    """
    served = runtime.serving(system)
    request, of, scale = _read(body, served)
    frame = frame_of(request.rows, served.signature).frame
    request_id = new_request_id()
    if served.signature.listing is not None:
        answers = shape_answers(
            served.predictor.answer(frame, request.options.asked), served.signature
        )
        listed = [Explained(answer.prediction, items=answer.items) for answer in answers]
        return msgspec.json.encode(ExplainAnswers(system, served.number, request_id, listed))
    found = served.explainer.explain(frame, of=of, scale=scale)
    return msgspec.json.encode(
        ExplainAnswers(
            system,
            served.number,
            request_id,
            [_explained(one) for one in found.rows],
            found.unit,
            found.exact,
            found.background,
            dict(found.unread) or msgspec.UNSET,
        )
    )


def _read(body: bytes, served: Served) -> tuple[PredictRequest, str | None, Scale | None]:
    """A request to predict, and what more is asked of explanations."""
    given: Any = read_json(body, cast("type[Any]", Any))
    asked: dict[str, Any] = {}
    if isinstance(given, dict) and isinstance(given.get("rows"), list):
        options = given.get("options")
        if isinstance(options, dict) and served.signature.listing is None:
            asked = {name: options[name] for name in ("of", "scale") if name in options}
            others = {name: value for name, value in options.items() if name not in asked}
            given = {**given, "options": others}
    request = predict_request(given, served.signature)
    if len(request.rows) > MOST_ROWS:
        raise RequestError(
            f"{len(request.rows)} rows to explain; allowed are {MOST_ROWS} at once: send fewer, or "
            f"use keel explain {served.system} FILE"
        )
    of, scale = asked.get("of"), asked.get("scale")
    if of is not None and not isinstance(of, str):
        raise RequestError(f"option 'of' is {describe(of)}; allowed is a class, as a text")
    if scale is not None and scale not in SCALES:
        raise RequestError(f"option 'scale' is {scale!r}; allowed is one of {', '.join(SCALES)}")
    return request, of, scale


def _explained(one: Explanation) -> Explained:
    moved = [Moved(a.feature, dict(a.values), a.moved, a.error) for a in one.attributions]
    of = msgspec.UNSET if one.of is None else one.of
    return Explained(one.prediction, of, one.score, one.base, moved)

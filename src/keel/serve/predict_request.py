"""The request and the answer that all tasks share, as JSON."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from keel.errors import RequestError
from keel.serve.read_json import read_json
from keel.serve.rows import describe
from keel.spec.nearest import did_you_mean
from keel.train.export.ask_options import USUAL, AskOptions, Wanted
from keel.train.export.predictor import Prediction, Shown
from keel.train.export.signature import Signature

Value = str | int | float | bool | None | list[Any]


class Options(msgspec.Struct, frozen=True):
    """unit: who or what the request is about; the same unit is answered by the same version.

    For systems that recommend: k: how many items, 10 unless said. exclude_seen: leave out what the
    user had, as is usual. filter: values that items must have, by column. diversity: from 0, the
    best items, to 1, the most different ones.
    """

    unit: str | None = None
    k: int = USUAL.k
    exclude_seen: bool = USUAL.exclude_seen
    filter: dict[str, Wanted] = {}
    diversity: float = USUAL.diversity

    @property
    def asked(self) -> AskOptions:
        """What is asked of lists."""
        return AskOptions(self.k, self.exclude_seen, self.filter, self.diversity)


class PredictRequest(msgspec.Struct, frozen=True):
    """Rows to answer, each an object with a value for every column; null where it is missing."""

    rows: list[dict[str, Value]]
    options: Options = Options()


class ShownItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item of a list. reasons: why it is there, in words."""

    item: str
    score: float
    reasons: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """prediction: the class, or the value. scores: the probability of each class, for classify;
    the anomaly score, for detect.
    action: for systems that declare actions. items: for recommend, the best first; prediction is
    then the first of them, null where there is none. version: where another one than that of the
    whole answer gave it."""

    prediction: str | float | None
    scores: dict[str, float] | msgspec.UnsetType = msgspec.UNSET
    action: str | msgspec.UnsetType = msgspec.UNSET
    items: list[ShownItem] | msgspec.UnsetType = msgspec.UNSET
    version: int | msgspec.UnsetType = msgspec.UNSET


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
    return predict_request(read_json(body, cast("type[Any]", Any)), signature)


def predict_request(given: Any, signature: Signature) -> PredictRequest:
    """The same of what the body says."""
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
    options = read_options(given.get("options"), problems, signature)
    if problems:
        raise RequestError("\n".join(problems))
    return PredictRequest(rows, options)


def shape_answers(prediction: Prediction, signature: Signature) -> list[Answer]:
    """One answer for each row."""
    if prediction.lists is not None:
        return [_list_answer(shown) for shown in prediction.lists]
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


def _list_answer(shown: Sequence[Shown]) -> Answer:
    items = [ShownItem(one.item, one.score, one.reasons) for one in shown]
    return Answer(items[0].item if items else None, items=items)


def read_options(given: Any, problems: list[str], signature: Signature) -> Options:
    """Options of a request; what is wrong with them is added to `problems`. Only systems that
    recommend are asked for lists."""
    if given is None:
        return Options()
    if not isinstance(given, dict):
        problems.append(f"'options' is {describe(given)}; allowed is an object")
        return Options()
    known = Options.__struct_fields__ if signature.listing is not None else ("unit",)
    problems += [
        f"option {name!r} is not known: {did_you_mean(name, known)}"
        for name in given
        if name not in known
    ]
    read: dict[str, Any] = {}
    for name in known:
        value = given.get(name)
        if value is None:
            continue
        try:
            read[name] = msgspec.convert(value, _OPTION_TYPES[name])
        except msgspec.ValidationError:
            problems.append(
                f"option {name!r} is {describe(value)}; allowed is {_OPTION_WORDS[name]}"
            )
    return Options(**read)


_OPTION_TYPES: dict[str, Any] = {
    field.name: field.type for field in msgspec.structs.fields(Options)
}
_OPTION_WORDS = {
    "unit": "a text",
    "k": "a whole number",
    "exclude_seen": "true or false",
    "filter": 'an object with a value for each column, such as {"genre": "Comedy"}',
    "diversity": "a number from 0 to 1",
}

"""Answers one JSON request, from its bytes to its bytes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from keel.serve.predict_request import Answer, Answers, read_predict_request, shape_answers
from keel.serve.request_id import new_request_id
from keel.serve.rows import frame_of
from keel.serve.runtime import Runtime
from keel.serve.standing import Choice
from keel.train.export.ask_options import AskOptions


def predict(runtime: Runtime, system: str, body: bytes) -> bytes:
    """The answers of `system` to `body`, both JSON.

    Rows about several units may be answered by several versions of a release in flight: then the
    champion is named for all, and another version with its answer. Raises NotFound, NotReady, and
    RequestError with all that is wrong.
    """
    standing = runtime.standing(system)
    champion = standing.usual.served
    request = read_predict_request(body, champion.signature)
    rows, options, request_id = request.rows, request.options, new_request_id()
    unit = options.unit or standing.unit_of(rows)
    parts = standing.choose_rows(unit, request_id, rows)
    number = champion.number if len(parts) > 1 else parts[0][0].served.number
    answers: list[Answer | None] = [None] * len(rows)
    unread: Counter[str] = Counter()
    for choice, places in parts:
        some = [rows[place] for place in places]
        found, odd = _answer(runtime, choice, some, request_id, unit, options.asked)
        unread += odd
        version = choice.served.number
        for place, answer in zip(places, found, strict=True):
            same = version == number
            answers[place] = answer if same else msgspec.structs.replace(answer, version=version)
    shaped = [answer for answer in answers if answer is not None]
    return msgspec.json.encode(Answers(system, number, request_id, shaped, unread or msgspec.UNSET))


def _answer(
    runtime: Runtime,
    choice: Choice,
    rows: Sequence[dict[str, Any]],
    request_id: str,
    unit: str | None,
    options: AskOptions,
) -> tuple[list[Answer], Counter[str]]:
    served = choice.served
    with runtime.noting_failures(choice, request_id, unit):
        read = frame_of(rows, served.signature, served.kept)
        prediction = runtime.answer(
            choice, read.frame, request_id=request_id, unit=unit, options=options
        )
    runtime.hand_to_shadow(choice, request_id, unit, lambda: rows, options)
    unread = Counter(read.unread) + Counter(prediction.unread)
    return shape_answers(prediction, served.signature), unread

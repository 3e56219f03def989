"""Answers one JSON request, from its bytes to its bytes."""

from collections import Counter

import msgspec

from keel.serve.predict_request import Answers, read_predict_request, shape_answers
from keel.serve.request_id import new_request_id
from keel.serve.rows import frame_of
from keel.serve.runtime import Runtime


def predict(runtime: Runtime, system: str, body: bytes) -> bytes:
    """The answers of `system` to `body`, both JSON.

    Raises NotFound, NotReady, and RequestError with all that is wrong.
    """
    request = read_predict_request(body, runtime.serving(system).signature)
    options, request_id = request.options, new_request_id()
    choice = runtime.choose(system, options.unit, request_id, request.rows)
    served = choice.served
    signature = served.signature
    unit, asked = options.unit, options.asked
    with runtime.noting_failures(choice, request_id, unit):
        rows = frame_of(request.rows, signature, served.kept)
        prediction = runtime.answer(
            choice, rows.frame, request_id=request_id, unit=unit, options=asked
        )
    runtime.hand_to_shadow(choice, request_id, unit, lambda: request.rows, asked)
    unread = Counter(rows.unread) + Counter(prediction.unread)
    answers = shape_answers(prediction, signature)
    return msgspec.json.encode(
        Answers(system, served.number, request_id, answers, unread or msgspec.UNSET)
    )

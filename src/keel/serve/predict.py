"""Answers one JSON request, from its bytes to its bytes."""

from collections import Counter
from uuid import uuid4

import msgspec

from keel.serve.predict_request import Answers, read_predict_request, shape_answers
from keel.serve.rows import frame_of
from keel.serve.runtime import Runtime


def predict(runtime: Runtime, system: str, body: bytes) -> bytes:
    """The answers of `system` to `body`, both JSON.

    Raises NotFound, NotReady, and RequestError with all that is wrong.
    """
    served = runtime.serving(system)
    signature = served.signature
    request = read_predict_request(body, signature)
    rows = frame_of(request.rows, signature, served.kept)
    request_id = uuid4().hex
    options = request.options
    prediction = runtime.answer(
        served, rows.frame, request_id=request_id, unit=options.unit, options=options.asked
    )
    unread = Counter(rows.unread) + Counter(prediction.unread)
    answers = shape_answers(prediction, signature)
    return msgspec.json.encode(
        Answers(system, served.number, request_id, answers, unread or msgspec.UNSET)
    )

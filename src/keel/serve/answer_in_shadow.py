"""Answers a request again with the version in shadow, for the answer log alone."""

import time
from typing import Any

import msgspec

from keel.errors import KeelError
from keel.serve.rows import frame_of
from keel.serve.runtime import Runtime
from keel.serve.shadow_line import ShadowRequest


def answer_in_shadow(runtime: Runtime, request: ShadowRequest) -> bool:
    """Whether there was a version in shadow to ask. What it answers, or that it fails, is logged.

    Its latency is the processor time that it took: it answers when nobody else has work.
    """
    standing = runtime.standings.get(request.system)
    if standing is None or standing.shadow is None:
        return False
    choice = standing.shadow
    served = choice.served
    rows = msgspec.json.decode(request.rows, type=list[dict[str, Any]])
    began_s = time.thread_time()

    def took_ms() -> float:
        return (time.thread_time() - began_s) * 1e3

    try:
        plain = len(rows) == 1 and served.quick_row is not None
        prediction = served.quick_row.answer(rows[0]) if plain and served.quick_row else None
        seen: Any = rows[0]
        if prediction is None:
            frame = frame_of(rows, served.signature, served.kept).frame
            prediction = served.predictor.answer(frame, request.options)
            seen = served.seen(frame, prediction)
    except Exception as error:
        told = str(error) if isinstance(error, KeelError) else f"{type(error).__name__}: {error}"
        runtime.log(choice.failed(request.request_id, request.at, took_ms(), request.unit, told))
        return True
    runtime.log(
        choice.answered(request.request_id, request.at, seen, prediction, took_ms(), request.unit)
    )
    return True

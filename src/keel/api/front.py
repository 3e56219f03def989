"""What a request meets first: one plain row is answered on the spot, the rest is handed on."""

import logging
import time

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from keel.api.failures import JSON
from keel.errors import KeelError
from keel.serve.predict_row import predict_row
from keel.serve.request_id import new_request_id
from keel.serve.runtime import Runtime

MOST_BYTES_AT_ONCE = 64 * 2**10
"""Of a body: reading a larger one would keep the others waiting."""

_log = logging.getLogger("keel.serve")

_CONTENT_TYPE = (b"content-type", JSON.encode())


class Front:
    """An ASGI application before another.

    A row that takes a table, a body that comes in parts, and whatever is wrong with a request go
    to the other, which answers them all: what is answered here it would answer alike.
    """

    def __init__(self, runtime: Runtime, rest: Starlette) -> None:
        self._runtime = runtime
        self.rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        system = _predicting(scope)
        if system is None:
            await self.rest(scope, receive, send)
            return
        began_s = time.perf_counter()
        message = await receive()
        body = b"" if message.get("more_body") else message.get("body", b"")
        found = None
        if 0 < len(body) <= MOST_BYTES_AT_ONCE:
            try:
                found = predict_row(self._runtime, system, body, new_request_id(), began_s)
            except KeelError:
                found = None
            except Exception:
                _log.exception("%s could not be answered on the spot", system)
        if found is None:
            await self.rest(scope, _again(message, receive), send)
            return
        content, answered = found
        await _send_json(send, content)
        self._runtime.log(answered)


def _predicting(scope: Scope) -> str | None:
    """The system that is asked to predict, if one is."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    parts = scope["path"].split("/")
    if len(parts) != 4 or parts[1] != "v1" or parts[3] != "predict":
        return None
    system: str = parts[2]
    return system


def _again(first: Message, receive: Receive) -> Receive:
    """Receives a message that was received already, then those after it."""
    messages = [first]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


async def _send_json(send: Send, content: bytes) -> None:
    length = (b"content-length", b"%d" % len(content))
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [_CONTENT_TYPE, length],
    }
    await send(start)
    await send({"type": "http.response.body", "body": content})

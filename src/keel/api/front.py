"""What a request meets first: one plain row is answered on the spot, the rest is handed on."""

import logging
import time

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from keel.api.access import OPEN, Access, Role
from keel.api.connection import WHOLE_S
from keel.api.failures import JSON, refusal
from keel.api.limits import Limits
from keel.errors import HeadersTooLarge, KeelError, Overloaded
from keel.serve.answer_log import Answered
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

    def __init__(
        self, runtime: Runtime, rest: Starlette, limits: Limits, access: Access = OPEN
    ) -> None:
        self.rest = rest
        self._runtime = runtime
        self._limits = limits
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = self._refused(scope)
        if error is not None:
            await refusal(error)(scope, receive, self._counting(send))
            return
        system = _predicting(scope)
        if system is None or not self._admits(scope):
            await self.rest(scope, receive, self._counting(send))
            return
        message = await receive()
        found = self._answer(system, message, scope.get(WHOLE_S) or time.perf_counter())
        if found is None:
            await self.rest(scope, _again(message, receive), self._counting(send))
            return
        content, answered = found
        await _send_json(send, content)
        self._runtime.log(answered)
        self._runtime.hand_to_shadow(
            answered, answered.request_id, answered.unit, lambda: (answered.rows,)
        )
        self._runtime.meters.responded(200)

    def _answer(
        self, system: str, message: Message, began_s: float
    ) -> tuple[bytes, Answered] | None:
        body = message.get("body", b"")
        if message.get("more_body") or not 0 < len(body) <= MOST_BYTES_AT_ONCE:
            return None
        try:
            return predict_row(self._runtime, system, body, new_request_id(), began_s)
        except KeelError:
            return None
        except Exception:
            _log.exception("%s could not be answered on the spot", system)
            return None

    def _counting(self, send: Send) -> Send:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                rejected = any(name == b"retry-after" for name, _ in message["headers"])
                self._runtime.meters.responded(message["status"], rejected=rejected)
            await send(message)

        return send_counted

    def _admits(self, scope: Scope) -> bool:
        if not self._access.closed:
            return True
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        try:
            self._access.admit(given.decode("latin-1"), Role.ANSWER)
        except KeelError:
            return False
        return True

    def _refused(self, scope: Scope) -> KeelError | None:
        """What is said to a request before it is looked at."""
        limits = self._limits
        if len(scope.get("headers", ())) > limits.most_headers:
            return HeadersTooLarge(f"there are more than {limits.most_headers} headers")
        # Whether it lives is told to whom asks for that.
        whole_s = scope.get(WHOLE_S) if scope.get("method") == "POST" else None
        if whole_s is None or time.perf_counter() - whole_s <= limits.most_wait_s:
            return None
        return Overloaded(f"the request had to wait for more than {limits.most_wait_s:g} s")


def _predicting(scope: Scope) -> str | None:
    """The system that is asked to predict, if one is."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    parts = scope["path"].split("/")
    if len(parts) != 4 or parts[1] != "v1" or parts[3] != "predict" or _is_large(scope):
        return None
    system: str = parts[2]
    return system


def _is_large(scope: Scope) -> bool:
    """Whether a body is still to come that is too large to be read here."""
    if WHOLE_S in scope:
        return False
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return length.isdigit() and int(length) > MOST_BYTES_AT_ONCE


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

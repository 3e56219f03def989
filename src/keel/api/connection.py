"""A connection that waits for a request only so long, and takes only so many headers."""

import time
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from keel.api.failures import JSON, Failure
from keel.api.limits import Limits

WHOLE_S = "keel.whole_s"
"""In a scope: when the request had come in, by `time.perf_counter`."""


class Connection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """A connection of uvicorn. It alone knows of a request before its headers are whole."""

    limits = Limits()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._header_bytes = 0
        self._whole: object = None
        self._began_s: float | None = time.perf_counter()
        self._watch = self.loop.call_later(self.limits.receive_s, self._look)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._watch.cancel()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle, now_s = self.cycle, time.perf_counter()
        if cycle is not None and not cycle.more_body and cycle is not self._whole:
            cycle.scope[WHOLE_S] = now_s
            self._whole, self._began_s, self._header_bytes = cycle, None, 0
            return
        if self._began_s is None or _is_answered_meanwhile(cycle):
            self._began_s = now_s
        if cycle is None or cycle is self._whole:
            self._header_bytes += len(data)
            if self._header_bytes > self.limits.most_header_bytes:
                most = self.limits.most_header_bytes
                self._refuse(431, f"the headers have more than {most} bytes, which are allowed")

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP."""
        self._refuse(400, f"this is not HTTP/1.1: {msg}")

    def _look(self) -> None:
        most_s = self.limits.receive_s
        if self._began_s is not None and time.perf_counter() - self._began_s >= most_s:
            self._refuse(408, f"the request did not come in whole within {most_s:g} s")
            return
        self._watch = self.loop.call_later(most_s, self._look)

    def _refuse(self, status: int, message: str) -> None:
        """Say so, unless an answer has begun, and hang up."""
        if self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            content = msgspec.json.encode(Failure(message))
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {JSON}\r\n"
                f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + content)
        self.transport.close()


def _is_answered_meanwhile(cycle: Any) -> bool:
    """Whether the body is still coming in and its answer going out: that may last as long as either
    has something to say."""
    return bool(
        cycle is not None
        and cycle.more_body
        and cycle.response_started
        and not cycle.response_complete
    )


def connection_class(limits: Limits) -> type[Connection]:
    """Connections with these limits."""
    return type("LimitedConnection", (Connection,), {"limits": limits})

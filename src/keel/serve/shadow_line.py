"""Hands requests that were answered to the process that asks versions in shadow."""

import socket
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from keel.train.export.ask_options import USUAL, AskOptions

MOST_BYTES = 128 * 2**10
"""Of a request: one that is larger is not asked again."""


class ShadowRequest(msgspec.Struct, frozen=True, array_like=True):
    """A request that was answered. at: when. rows: as they came, as JSON."""

    system: str
    request_id: str
    unit: str | None
    at: datetime
    rows: bytes
    options: AskOptions = USUAL


class ShadowLine:
    """One end of a line: it never waits. What finds the line full is dropped: whoever is in shadow
    is the first to have less."""

    def __init__(self, end: socket.socket) -> None:
        """end: of a pair of sockets that keep messages apart."""
        end.setblocking(False)
        self._end = end
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(ShadowRequest).decode
        self.dropped = 0

    def send(self, request: ShadowRequest) -> None:
        """Hand a request over, or drop it."""
        content = self._encode(request)
        try:
            if len(content) <= MOST_BYTES:
                self._end.send(content)
                return
        except OSError:
            pass
        self.dropped += 1

    def receive(self, wait_s: float) -> ShadowRequest | None:
        """The next request; None if none comes in this time."""
        self._end.settimeout(wait_s)
        try:
            return self._decode(self._end.recv(2 * MOST_BYTES))
        except TimeoutError:
            return None


def shadow_rows(rows: Sequence[Any]) -> bytes:
    """`rows`, an object each, as a request has them."""
    return msgspec.json.encode(rows)

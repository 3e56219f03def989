"""A response whose body is in parts that are not joined, packed if the client asks for it."""

import zlib
from collections.abc import Iterator, Mapping, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 256 * 1024
"""Sent at once: more would be copied into the transport's buffer before the client takes it."""

_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_LEVEL = 1


class PartsResponse(Response):
    """parts: of the body, in order. accepts: the request's Accept-Encoding.

    It is packed for a client that accepts exactly one way of packing, as those of the inference
    protocol do when they are told to; others name whatever they could read, and are sent numbers
    faster than they would be packed.
    """

    def __init__(
        self,
        parts: Sequence[bytes | memoryview],
        media_type: str,
        headers: Mapping[str, str] | None = None,
        *,
        accepts: str = "",
    ) -> None:
        packing = accepts.strip().lower()
        headers = dict(headers or {})
        if packing in _WINDOWS:
            parts = tuple(_packed(parts, _WINDOWS[packing]))
            headers["Content-Encoding"] = packing
        self._parts = parts
        headers["Content-Length"] = str(sum(len(part) for part in parts))
        super().__init__(None, 200, headers, media_type)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        for part in _chunks(self._parts):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _packed(parts: Sequence[bytes | memoryview], window: int) -> Iterator[bytes]:
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, window)
    for part in parts:
        yield packing.compress(part)
    yield packing.flush()


def _chunks(parts: Sequence[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    for part in parts:
        whole = memoryview(part)
        for at in range(0, len(whole), CHUNK_BYTES):
            yield whole[at : at + CHUNK_BYTES]

"""The body of a request, unpacked, up to a size."""

import zlib

from starlette.requests import Request

from keel.errors import RequestError, RequestTooLarge, UnknownEncoding

MOST_BYTES = 32 * 2**20

_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


async def read_body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """All of the body: see `read_parts`."""
    return b"".join(await read_parts(request, most_bytes))


async def read_parts(request: Request, most_bytes: int = MOST_BYTES) -> list[bytes]:
    """All of the body, in the parts that it came in.

    Raises RequestTooLarge as soon as it is known to be too large, packed or unpacked,
    UnknownEncoding, and RequestError for what cannot be unpacked.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity" and encoding not in _WINDOWS:
        raise UnknownEncoding(
            f"the body's Content-Encoding is {encoding!r}; allowed is {' or '.join(_WINDOWS)}"
        )
    declared = request.headers.get("content-length", "")
    length = int(declared) if declared.isascii() and declared.isdecimal() else 0
    if length > most_bytes:
        raise _too_large(f"{length} bytes", most_bytes)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise _too_large(f"more than {most_bytes} bytes", most_bytes)
        parts.append(part)
    if encoding == "identity":
        return parts
    return [_unpacked(b"".join(parts), encoding, most_bytes)]


def _unpacked(body: bytes, encoding: str, most_bytes: int) -> bytes:
    unpacking = zlib.decompressobj(_WINDOWS[encoding])
    try:
        unpacked = unpacking.decompress(body, most_bytes + 1)
    except zlib.error as cause:
        raise RequestError(f"the body is not {encoding}, as its header says: {cause}") from cause
    if len(unpacked) > most_bytes:
        raise _too_large(f"more than {most_bytes} bytes when it is unpacked", most_bytes)
    if not unpacking.eof:
        raise RequestError(f"the body is not whole: its {encoding} data ends too early")
    return unpacked


def _too_large(size: str, most_bytes: int) -> RequestTooLarge:
    return RequestTooLarge(
        f"the body has {size}; allowed are {most_bytes}: send fewer rows at once, or use "
        "keel predict SYSTEM IN OUT for a whole table"
    )

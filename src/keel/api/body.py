"""The body of a request, up to a size."""

from starlette.requests import Request

from keel.errors import RequestTooLarge

MOST_BYTES = 32 * 2**20


async def read_body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """All of the body. Raises RequestTooLarge as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise _too_large(f"{int(declared)} bytes", most_bytes)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise _too_large(f"more than {most_bytes} bytes", most_bytes)
        parts.append(part)
    return b"".join(parts)


def _too_large(size: str, most_bytes: int) -> RequestTooLarge:
    return RequestTooLarge(
        f"the body has {size}; allowed are {most_bytes}: send fewer rows at once, or use "
        "keel predict SYSTEM IN OUT for a whole table"
    )

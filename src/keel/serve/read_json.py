"""JSON bodies as typed values; whatever is wrong with one is said as a RequestError."""

from typing import TypeVar

import msgspec

from keel.errors import RequestError

Body = TypeVar("Body")


def read_json(body: bytes, shape: type[Body]) -> Body:
    """`body` as a value of the type `shape`. Raises RequestError saying what is wrong where."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as cause:
        raise RequestError(f"the body does not have the right shape: {cause}") from cause
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        shown = f"it begins {body[:40].decode('utf-8', 'replace')!r}" if body else "it is empty"
        raise RequestError(
            f"the body is not JSON in UTF-8: {cause}; {shown}. JSON has no NaN or Infinity: "
            "use null for a missing value"
        ) from cause
    except RecursionError as cause:
        raise RequestError(
            "the body is nested too deeply: a row is an object of numbers, texts, true, false "
            "and null"
        ) from cause

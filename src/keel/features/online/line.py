"""What is appended to a stream: one line of JSON for each event that is new, changed or gone."""

from collections.abc import Iterable
from typing import Any

import msgspec

Line = list[Any]
"""[time, key, act, arrival, value of each reading]; [time, key, GONE] for one that is gone. A
missing arrival or value is null."""

TIME, KEY, ACT, ARRIVAL, VALUES = range(5)
NEW, CHANGED, GONE = range(3)

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()


def write_lines(lines: Iterable[Any]) -> bytes:
    """Each with the end of its line."""
    return _ENCODER.encode_lines(lines)


def read_lines(log: bytes) -> list[Line]:
    """What `write_lines` wrote, any number of times."""
    found: list[Line] = _DECODER.decode_lines(log)
    return found


def settle(lines: Iterable[Line]) -> list[Line]:
    """The events that are left after all lines, in the order of (time, key)."""
    left: dict[Any, Line] = {}
    for line in lines:
        if line[ACT] == GONE:
            left.pop(line[KEY], None)
        else:
            left[line[KEY]] = line
    return in_order(left.values())


def in_order(lines: Iterable[Line]) -> list[Line]:
    """By (time, key): numbers by size, and before texts."""
    try:
        return sorted(lines)
    except TypeError:
        return sorted(lines, key=lambda line: (line[TIME], isinstance(line[KEY], str), line[KEY]))

"""Places in a stream as texts that sort as (time, key) do, byte by byte."""

import struct

_FROM = 2**62
"""Makes all times positive."""


def place_of(time: int, key: object) -> str:
    """Where an event lies: numbers by size, and before texts."""
    return before(time) + _of_key(key)


def before(time: int) -> str:
    """A place after all events that are earlier than `time`, and before all others."""
    return f"{time + _FROM:020d}"


def _of_key(key: object) -> str:
    if isinstance(key, str):
        return f"1{key}"
    if isinstance(key, int):
        return f"0{key + 2**63:020d}"
    # The bits of a double sort as whole numbers do, once those of negative ones are turned around.
    (bits,) = struct.unpack(">q", struct.pack(">d", key))
    return f"0{(bits if bits >= 0 else -(2**63) - bits) + 2**63:020d}"

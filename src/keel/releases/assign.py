"""Which arm of a release a unit belongs to."""

from collections.abc import Sequence
from hashlib import blake2b

from keel.releases.release import Arm

_WHOLE = 2**64


def assign(salt: str, unit: str, arms: Sequence[Arm]) -> Arm:
    """The arm of `unit`: the same on every machine, uniform over units, and independent of other
    releases, which have another salt. The first arm keeps its units while its share rises.

    arms: their shares sum to 1.
    """
    at = place(salt, unit)
    upto = 0.0
    for arm in arms[:-1]:
        upto += arm.share
        if at < upto:
            return arm
    return arms[-1]


def place(salt: str, unit: str) -> float:
    """Where `unit` lies between 0 and 1.

    >>> place("a", "customer 7") == place("a", "customer 7") != place("b", "customer 7")
    True
    """
    key = blake2b(unit.encode("utf-8", "surrogatepass"), digest_size=8, key=salt.encode()).digest()
    return int.from_bytes(key) / _WHOLE

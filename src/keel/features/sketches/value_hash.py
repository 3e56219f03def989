"""A hash of a value that is the same on every machine, in every process and version."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BYTES = 8


def hash_numbers(values: NDArray[np.float64]) -> Hashes:
    """[n] 64 bits of each number, none of them NaN; 0.0 and -0.0 are one number.

    Source: the finaliser of SplitMix64 (Steele, Lea and Flood 2014), which maps the bits of the
    numbers one to one.
    """
    bits = (np.asarray(values, dtype=np.float64) + 0.0).view(np.uint64) + np.uint64(
        0x9E3779B97F4A7C15
    )
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


def hash_texts(values: Sequence[str]) -> Hashes:
    """[n] 64 bits of each text, by its letters in UTF-8 (BLAKE2b)."""
    digests = b"".join(
        hashlib.blake2b(value.encode(), digest_size=_BYTES).digest() for value in values
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)

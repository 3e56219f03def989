"""How many distinct values there are, about, from a fixed amount of memory."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from keel.features.sketches.value_hash import Hashes

Registers = NDArray[np.uint8]

REGISTERS = 4096
STANDARD_ERROR = 1.04 / REGISTERS**0.5
"""Relative, of `estimate`: 1.6 %."""

MOST_RANK = 40
"""With ranks up to here, sums of their inverse powers of two are exact in double precision, and so
the same in any order; it is passed after some 10^15 values."""

_INDEX_BITS = 12
_REST = np.uint64(2 ** (64 - _INDEX_BITS) - 1)


def index_and_rank(hashes: Hashes) -> tuple[NDArray[np.int64], Registers]:
    """[n] which register each hash goes to, and how many of its other bits come up to the first
    that is set."""
    hashes = np.asarray(hashes, dtype=np.uint64)
    rest = (hashes & _REST).astype(np.float64)
    length = np.frexp(rest)[1]
    rank = np.minimum(64 - _INDEX_BITS - length + 1, MOST_RANK)
    return (hashes >> np.uint64(64 - _INDEX_BITS)).astype(np.int64), rank.astype(np.uint8)


def fill_registers(hashes: Hashes) -> Registers:
    """[REGISTERS] the greatest rank of each, 0 where there is none."""
    registers = np.zeros(REGISTERS, dtype=np.uint8)
    np.maximum.at(registers, *index_and_rank(hashes))
    return registers


def merge_registers(one: Registers, other: Registers) -> Registers:
    """[REGISTERS] of the values of both."""
    return np.maximum(one, other)


def estimate(registers: Registers) -> float:
    """How many distinct values filled the registers, a whole number; its standard error is
    `STANDARD_ERROR` of it.

    Source: Flajolet, Fusy, Gandouet and Meunier 2007, HyperLogLog; the estimator, which needs no
    other below some count, is that of Ertl 2017, New cardinality estimation algorithms for
    HyperLogLog sketches, algorithm 6.
    """
    empty = np.array([np.count_nonzero(registers == 0)])
    powers = np.array([np.ldexp(1.0, -registers.astype(np.int64)).sum()])
    return float(estimate_from(empty, powers)[0])


def estimate_from(empty: NDArray[np.int64], powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """[q] the estimate of q times REGISTERS registers.

    empty: [q] how many hold 0. powers: [q] the sum of 2^-register over all.
    """
    denominator = powers - empty + REGISTERS * _sigma()[empty]
    found: NDArray[np.float64] = np.rint(REGISTERS**2 / (2 * math.log(2)) / denominator)
    return found


@cache
def _sigma() -> NDArray[np.float64]:
    """[REGISTERS + 1] sigma(x) = x + sum over k >= 1 of x^(2^k) 2^(k-1), at x = i / REGISTERS."""
    x = np.arange(REGISTERS + 1) / REGISTERS
    total, weight = x.copy(), 1.0
    while True:
        x = x * x
        more = total + x * weight
        if np.array_equal(more[:-1], total[:-1]):
            total[-1] = np.inf
            return total
        total, weight = more, 2 * weight

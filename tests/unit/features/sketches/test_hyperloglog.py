"""Distinct values are counted within the stated error, whichever way sketches are put together."""

import numpy as np
import pytest

from keel.features.sketches.hyperloglog import (
    REGISTERS,
    STANDARD_ERROR,
    estimate,
    estimate_from,
    fill_registers,
    index_and_rank,
    merge_registers,
)
from keel.features.sketches.value_hash import hash_numbers, hash_texts


def test_nothing_is_estimated_as_nothing() -> None:
    assert estimate(fill_registers(hash_texts([]))) == 0


@pytest.mark.parametrize("count", [1, 2, 10, 50])
def test_few_values_are_counted_almost_exactly(count: int) -> None:
    assert estimate(fill_registers(hash_numbers(np.arange(count) * 1.0))) == pytest.approx(
        count, abs=1
    )


@pytest.mark.parametrize("count", [500, 4_000, 10_000, 20_000, 100_000])
def test_estimates_keep_the_stated_standard_error(count: int) -> None:
    """Also where the estimator of 2007 hands over to linear counting, at 2.5 times 4096."""
    runs = 40
    ratios = [
        estimate(fill_registers(hash_numbers(np.arange(count) + run * 1e7))) / count
        for run in range(runs)
    ]
    assert abs(np.mean(ratios) - 1) < 4 * STANDARD_ERROR / runs**0.5
    assert np.sqrt(np.mean(np.square(np.array(ratios) - 1))) < 1.35 * STANDARD_ERROR


def test_values_seen_twice_or_in_parts_change_nothing() -> None:
    hashes = hash_numbers(np.arange(3_000) * 0.5)
    whole = fill_registers(hashes)
    parts = merge_registers(fill_registers(hashes[:2_000]), fill_registers(hashes[1_000:]))
    assert np.array_equal(whole, parts)
    assert estimate(whole) == estimate(parts)


def test_an_estimate_needs_only_the_empty_registers_and_the_sum_of_powers() -> None:
    registers = fill_registers(hash_numbers(np.arange(7_000) * 1.0))
    powers = REGISTERS - sum(
        np.ldexp(np.count_nonzero(registers >= rank), -rank) for rank in range(1, 41)
    )
    found = estimate_from(np.array([np.count_nonzero(registers == 0)]), np.array([powers]))
    assert found[0] == estimate(registers)


def test_ranks_count_up_to_the_first_bit_that_is_set() -> None:
    hashes = np.array([1 << 63 | 1 << 51, 1 << 50, 0, 2**64 - 1], dtype=np.uint64)
    index, rank = index_and_rank(hashes)
    assert index.tolist() == [2048, 0, 0, 4095]
    assert rank.tolist() == [1, 2, 40, 1]

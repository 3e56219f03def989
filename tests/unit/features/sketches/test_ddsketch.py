"""Quantiles from buckets are within 1 % of a value that is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.features.sketches.ddsketch import (
    ACCURACY,
    bucket_of,
    find_quantile,
    quantile_place,
    value_of,
)

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)


@given(NUMBERS)
def test_a_bucket_stands_for_its_numbers(number: float) -> None:
    found = value_of(bucket_of(np.array([number])))[0]
    assert abs(found - number) <= abs(number) * ACCURACY * (1 + 1e-9)


@given(NUMBERS, NUMBERS)
def test_greater_numbers_have_no_lesser_bucket(one: float, other: float) -> None:
    low, high = bucket_of(np.array(sorted([one, other])))
    assert low <= high


def test_buckets_are_those_of_the_paper() -> None:
    """Bucket i holds (gamma^(i-1), gamma^i], gamma = 1.01 / 0.99; 1 is an edge."""
    one, above, edge = bucket_of(np.array([1.0, 1.0000001, 1.01 / 0.99]))
    assert above == one + 1 == edge
    assert value_of(np.array([above]))[0] == pytest.approx(1.01)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 1))
def test_quantiles_are_near_the_value_at_their_place(values: list[float], quantile: float) -> None:
    buckets = bucket_of(np.array(values))
    wanted = sorted(values)[quantile_place(quantile, len(values))]
    for codes, counts in (
        (buckets, np.ones(len(values), dtype=np.int64)),
        np.unique(buckets, return_counts=True),
    ):
        found = find_quantile(codes, counts, quantile)
        assert found == pytest.approx(wanted, rel=ACCURACY * (1 + 1e-9), abs=1e-300)


def test_nothing_has_no_quantile() -> None:
    nothing = np.array([], dtype=np.int64)
    assert find_quantile(nothing, nothing, 0.5) is None

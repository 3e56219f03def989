"""Sums in two doubles beside those of whole fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.features.online.exact_sum import add, less_centre, sum_runs

NUMBERS = st.one_of(
    st.floats(-1e6, 1e6),
    st.floats(-1e300, 1e300),
    st.integers(-(2**53), 2**53).map(float),
    st.floats(1e9, 1e9 + 1),
)
RUNS = st.lists(st.lists(NUMBERS, min_size=1, max_size=20), min_size=1, max_size=4)
DIGITS = Fraction(1, 2**90)


@given(RUNS)
def test_a_sum_loses_less_than_its_ninetieth_bit(runs: list[list[float]]) -> None:
    sizes = np.array([len(run) for run in runs])
    values = np.array([value for run in runs for value in run])
    totals, lost = sum_runs(values, sizes.cumsum() - sizes)
    for run, total, left in zip(runs, totals, lost, strict=True):
        exact = sum(map(Fraction, run))
        off = abs(Fraction(float(total)) + Fraction(float(left)) - exact)
        # Below the normal numbers there are no more digits.
        assert off <= DIGITS * sum(abs(Fraction(value)) for value in run) + Fraction(2) ** -1060


def test_runs_are_summed_in_any_order_alike() -> None:
    values = np.random.default_rng(1).normal(size=1000) * 10.0 ** np.arange(1000).clip(0, 20)
    start = np.zeros(1, np.int64)
    assert sum_runs(values, start)[0] == sum_runs(values[::-1].copy(), start)[0]


def test_a_sum_that_no_double_holds_is_infinite() -> None:
    total, lost = sum_runs(np.full(3, 1e308), np.zeros(1, np.int64))
    assert (total[0], lost[0]) == (np.inf, 0.0)


@given(NUMBERS, NUMBERS)
def test_two_numbers_are_their_sum_and_what_it_is_off(one: float, other: float) -> None:
    total, lost = add(np.array([one]), np.array([other]))
    exact = Fraction(one) + Fraction(other)
    assert Fraction(float(total[0])) + Fraction(float(lost[0])) == exact


def test_a_part_keeps_what_its_mean_is_beside_a_centre_near_by() -> None:
    values = np.random.default_rng(2).random(300) + 1e9
    total, lost = sum_runs(values, np.zeros(1, np.int64))
    centre = total / 300
    found = less_centre(total, lost, np.array([300]), centre)
    exact = sum(map(Fraction, values)) - 300 * Fraction(float(centre[0]))
    assert float(found[0]) == pytest.approx(float(exact), rel=1e-12)

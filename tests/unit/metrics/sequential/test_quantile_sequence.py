"""Quantiles at every look."""

import numpy as np
import pytest

from keel.metrics.interval import quantile_interval
from keel.metrics.sequential.quantile_sequence import quantile_sequence


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_true_quantile_is_seldom_ever_left(share):
    random = np.random.default_rng(0)
    true = -np.log(1 - share)
    ever = 0
    for _ in range(60):
        values = random.exponential(size=1500)
        bounds = [quantile_sequence(np.sort(values[:n]), share) for n in range(100, 1501, 100)]
        ever += any(not low <= true <= high for low, high in bounds)
    assert ever / 60 <= 0.05 + 2 * 0.028


def test_it_is_wider_than_the_interval_of_one_look_but_not_by_much():
    values = np.sort(np.random.default_rng(1).exponential(size=5000))
    for share in (0.5, 0.9, 0.99):
        once, always = quantile_interval(values, share), quantile_sequence(values, share)
        assert always[0] <= once[0] <= once[1] <= always[1]
        assert always[1] - always[0] < 2.6 * (once[1] - once[0])


def test_bounds_are_two_of_the_values_and_follow_any_rising_change_of_them():
    values = np.sort(np.random.default_rng(2).normal(size=400))
    low, high = quantile_sequence(values, 0.8)
    assert low in values
    assert high in values
    assert quantile_sequence(np.exp(values), 0.8) == (np.exp(low), np.exp(high))


def test_too_few_values_do_not_bound_it():
    assert quantile_sequence(np.array([3.0]), 0.99) == (-np.inf, np.inf)
    assert quantile_sequence(np.arange(200.0), 0.99)[1] == np.inf
    assert np.isnan(quantile_sequence(np.zeros(0), 0.5)).all()


def test_equal_values_have_a_narrow_interval():
    assert quantile_sequence(np.full(500, 7.0), 0.5) == (7.0, 7.0)

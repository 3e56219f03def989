"""Intervals against published numbers."""

import numpy as np
import pytest
from scipy import stats

from keel.metrics.interval import bca_interval, clopper_pearson, quantile_interval

# Efron and Tibshirani 1993, table 14.1: the spatial test data, the values called A.
SPATIAL = np.fromstring(
    "48 36 20 29 42 42 20 42 22 41 45 14 6 0 33 28 34 4 32 24 47 41 24 26 30 41", sep=" "
)
NO_WIDENING = 10**9


def test_shares_have_the_tabulated_exact_intervals():
    # Brown, Cai and DasGupta 2001 give the closed form for 0; the others are those of R 4.4's
    # binom.test(10, 100) and binom.test(7, 20).
    assert clopper_pearson(0, 10) == pytest.approx((0.0, 1 - 0.025 ** (1 / 10)))
    assert clopper_pearson(10, 100) == pytest.approx((0.04900469, 0.17622260), abs=1e-7)
    assert clopper_pearson(7, 20) == pytest.approx((0.1539092, 0.5921885), abs=1e-6)
    assert clopper_pearson(5, 5)[1] == 1.0


def test_a_share_of_nothing_has_no_interval():
    assert np.isnan(clopper_pearson(0, 0)).all()


def test_the_bootstrap_interval_is_that_of_the_textbook():
    # Efron and Tibshirani 1993, section 14.3: theta 171.5, bias correction 0.146, acceleration
    # 0.061, central 90 % BCa interval (115.8, 259.6) from 2000 resamples.
    value = SPATIAL.var()
    random = np.random.default_rng(0)
    drawn = SPATIAL[random.integers(0, 26, size=(20_000, 26))].var(axis=1)
    left_out = np.array([np.delete(SPATIAL, i).var() for i in range(26)])
    assert value == pytest.approx(171.5, abs=0.1)
    low, high = bca_interval(value, drawn, left_out, NO_WIDENING, (0.05, 0.05))
    assert low == pytest.approx(115.8, rel=0.03)
    assert high == pytest.approx(259.6, rel=0.03)


def test_small_samples_get_wider_tails():
    random = np.random.default_rng(1)
    drawn, left_out = random.normal(size=5000), np.zeros(0)
    wide = bca_interval(0.0, drawn, left_out, 6)
    narrow = bca_interval(0.0, drawn, left_out, NO_WIDENING)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_a_figure_most_resamples_lack_has_no_interval():
    drawn = np.array([np.nan] * 60 + [0.5] * 40)
    assert np.isnan(bca_interval(0.5, drawn, np.zeros(0), 50)).all()
    assert np.isnan(bca_interval(0.5, np.full(100, 0.5), np.zeros(0), 1)).all()


def test_quantiles_lie_between_two_values():
    # The 95 % interval of the median of 20 values lies between the 6th and the 15th: David and
    # Nagaraja 2003, Order Statistics, section 7.1 (coverage 0.9586).
    assert quantile_interval(np.arange(1.0, 21.0), 0.5) == (6.0, 15.0)


def test_too_few_values_do_not_bound_a_high_quantile():
    assert quantile_interval(np.arange(100.0), 0.99)[1] == np.inf
    assert np.isfinite(quantile_interval(np.arange(500.0), 0.99)[1])
    assert np.isnan(quantile_interval(np.zeros(0), 0.5)).all()


@pytest.mark.parametrize(("n", "share"), [(30, 0.5), (200, 0.9), (400, 0.99)])
def test_quantile_intervals_cover_as_often_as_promised(n, share):
    random = np.random.default_rng(2)
    true = stats.expon.ppf(share)
    found = [quantile_interval(np.sort(row), share) for row in random.exponential(size=(500, n))]
    assert np.mean([low <= true <= high for low, high in found]) >= 0.93

"""The always-valid counterpart of 1.96."""

import numpy as np
import pytest
from scipy import stats

from keel.metrics.sequential.mixture_bound import mixture_bound


def test_the_bound_is_where_the_mixture_of_likelihoods_reaches_one_over_the_tail():
    # Howard et al. 2021, equation 3.9: a mixture of exp(lambda S - lambda^2 V / 2) over a half
    # normal lambda of variance 1 / 30, here summed numerically.
    size, tail = 750.0, 0.01
    path = float(mixture_bound(size, tail)) * np.sqrt(size)
    slope = np.linspace(0, 2, 400_001)
    density = 2 * stats.norm.pdf(slope, scale=30**-0.5)
    mixture = np.trapezoid(np.exp(slope * path - slope**2 * size / 2) * density, slope)
    assert mixture == pytest.approx(1 / tail, rel=1e-6)


def test_it_lies_above_the_quantile_of_one_look_and_rises_slowly():
    sizes = np.geomspace(1, 1e7, 50)
    bound = mixture_bound(sizes, 0.05)
    assert (bound > stats.norm.ppf(0.95)).all()
    assert 150 < sizes[np.argmin(bound)] < 600
    assert bound.min() == pytest.approx(2.77, abs=0.02)
    assert mixture_bound(1e6, 0.05) < 4


def test_smaller_tails_and_fewer_cases_ask_for_more():
    tails = [float(mixture_bound(300, tail)) for tail in (0.2, 0.05, 0.01, 1e-6)]
    assert tails == sorted(tails)
    assert mixture_bound(0, 0.05) == np.inf


def test_random_walks_seldom_ever_cross_it():
    random = np.random.default_rng(0)
    walks = np.cumsum(random.normal(size=(400, 4000)), axis=1)
    size = np.arange(1, 4001)
    crossed = (walks / np.sqrt(size) > mixture_bound(size, 0.05)).any(axis=1)
    assert 0.005 < crossed.mean() <= 0.05 + 2 * 0.011


@pytest.mark.parametrize("tail", [0.0, 0.5, -1.0, np.nan])
def test_a_tail_must_be_one(tail):
    with pytest.raises(ValueError, match="must lie between"):
        mixture_bound(100, tail)

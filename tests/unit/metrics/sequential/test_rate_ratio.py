"""How many times as often something befalls one arm as the other."""

import numpy as np
import pytest

from keel.metrics.sequential.rate_ratio import rate_ratio

TAILS = (0.05, 0.05)


def ratio(ours, our_trials, theirs, their_trials):
    columns = (np.atleast_1d(column) for column in (ours, our_trials, theirs, their_trials))
    return rate_ratio(*columns, TAILS)


def test_the_ratio_is_that_of_mantel_and_haenszel():
    # Rothman and Greenland 1998, Modern Epidemiology, table 15-2: deaths among British male
    # doctors by age; smokers against others, 35 to 84 years, person-years as trials.
    smokers = [32, 104, 206, 186, 102]
    years = [52407, 43248, 28612, 12663, 5317]
    others = [2, 12, 28, 28, 31]
    other_years = [18790, 10673, 5710, 2585, 1462]
    found = ratio(smokers, years, others, other_years)
    assert found.value == pytest.approx(1.424, abs=0.002)
    assert found.low < 1.42 < found.high


def test_equal_rates_are_seldom_ever_found_unlike_though_shares_change():
    random = np.random.default_rng(0)
    trials = np.array([[50, 1000], [500, 2000], [2000, 2000]])
    ever = 0
    for _ in range(50):
        rates = random.uniform(0.002, 0.02, size=3)
        events = random.binomial(trials, rates[:, None])
        looks = [
            ratio(events[:k, 0], trials[:k, 0], events[:k, 1], trials[:k, 1]) for k in (1, 2, 3)
        ]
        ever += any(look.low > 1 for look in looks)
    assert ever / 50 <= 0.05 + 2 * 0.031


def test_a_share_that_rises_with_the_rate_is_no_difference():
    # Together 102 of 1,100 against 228 of 11,000: the arms differ only in when they were asked.
    found = ratio([100, 2], [1000, 100], [10, 218], [100, 10_900])
    assert found.value == pytest.approx(1.0, abs=0.01)
    assert found.low < 1 < found.high
    assert ratio([102], [1100], [228], [11_000]).low > 3


def test_an_interval_holds_its_ratio_also_where_steps_are_unlike():
    found = ratio([100, 20], [1000, 100], [10, 200], [100, 10_900])
    assert found.low <= found.value <= found.high


def test_swapping_the_arms_turns_the_ratio_over():
    found, other = ratio(30, 900, 20, 2000), ratio(20, 2000, 30, 900)
    assert other.value == pytest.approx(1 / found.value)
    assert (other.low, other.high) == pytest.approx((1 / found.high, 1 / found.low))


def test_few_failures_of_the_smaller_arm_alone_tell_much():
    assert ratio(4, 500, 0, 9500).low > 2
    assert ratio(4, 500, 0, 9500).value == np.inf
    assert ratio(1, 500, 0, 9500).low < 2


def test_nothing_that_happened_has_no_ratio():
    assert np.isnan(ratio(0, 100, 0, 100).value)
    assert np.isnan(ratio(5, 100, 0, 0).value)
    assert rate_ratio(*(np.zeros(0),) * 4).n == 0

"""Whether two growing samples are of one distribution."""

import numpy as np
import pytest
from scipy import stats

from keel.metrics.sequential.look_sizes import look_sizes
from keel.metrics.sequential.spread_apart import spread_apart


def test_looks_are_the_same_however_often_one_asks():
    sizes, chances = look_sizes(1000, 0.05)
    assert sizes.tolist() == [100, 150, 225, 338, 507, 760]
    assert chances.sum() < 0.05
    more, still = look_sizes(5000, 0.05)
    assert more[:6].tolist() == sizes.tolist()
    assert still[:6] == pytest.approx(chances)
    assert look_sizes(10**7, 0.05)[1].sum() < 0.05


@pytest.mark.parametrize("size", [0, 99])
def test_there_is_no_look_at_few(size):
    assert len(look_sizes(size, 0.05)[0]) == 0


def test_the_distance_is_that_of_kolmogorov_and_smirnov():
    random = np.random.default_rng(0)
    ours, theirs = random.normal(size=300), random.normal(0.2, 1, size=500)
    found = spread_apart(ours, theirs, 0.05)
    assert found.distance == pytest.approx(stats.ks_2samp(ours, theirs).statistic)
    assert found.looks == 3


def test_unlike_samples_are_found_and_like_ones_seldom_ever():
    random = np.random.default_rng(1)
    assert spread_apart(random.normal(size=2000), random.normal(1, 1, size=2000), 0.01).size == 100
    wrong = sum(
        spread_apart(*random.normal(size=(2, 2000)), 0.05).size is not None for _ in range(200)
    )
    assert wrong / 200 <= 0.05 + 2 * 0.0155


def test_rising_changes_of_all_values_change_nothing():
    random = np.random.default_rng(2)
    ours, theirs = random.normal(size=400), random.normal(0.5, 1, size=400)
    assert spread_apart(np.exp(ours), np.exp(theirs), 0.05) == spread_apart(ours, theirs, 0.05)


def test_equal_and_absent_values():
    assert spread_apart(np.ones(500), np.ones(500), 0.05).distance == 0
    nothing = spread_apart(np.zeros(0), np.ones(5), 0.05)
    assert np.isnan(nothing.distance)
    assert nothing.size is None

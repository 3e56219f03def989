"""Means of bounded values at every look."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.metrics.interval import clopper_pearson
from keel.metrics.sequential.betting import (
    FRACTIONS,
    OUTCOMES,
    betting_interval,
    log_wealth,
    share_interval,
)

TAILS = (0.05, 0.05)

shares = st.lists(st.floats(0, 1), min_size=1, max_size=40).map(np.array)


def ever_refuted(share: float, runs: int, looks: np.ndarray) -> float:
    """How often a bettor at some look has refuted a true share, from either side."""
    random = np.random.default_rng(0)
    counts = random.binomial(np.diff(looks, prepend=0), share, size=(runs, len(looks)))
    successes = np.cumsum(counts, axis=1)
    seen = np.stack([looks - successes, successes], axis=-1)
    above = log_wealth(OUTCOMES / share - 1, seen) >= -np.log(TAILS[0])
    below = log_wealth(OUTCOMES / (1 - share) - 1, seen[..., ::-1]) >= -np.log(TAILS[1])
    return float(max(above.any(axis=1).mean(), below.any(axis=1).mean()))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_true_share_is_seldom_ever_refuted_though_one_looks_after_every_ten_cases(share):
    assert ever_refuted(share, 400, np.arange(10, 4000, 10)) <= 0.05 + 2 * 0.011


def test_looking_again_and_again_at_fixed_intervals_refutes_the_truth_far_too_often():
    random = np.random.default_rng(0)
    wrong = 0
    for _ in range(100):
        successes = np.cumsum(random.random(2000) < 0.3)[99::100]
        looks = zip(successes, range(100, 2001, 100), strict=True)
        wrong += any(clopper_pearson(s, n, TAILS)[1] < 0.3 for s, n in looks)
    assert wrong > 10


def test_a_bettor_who_bets_one_share_alone_earns_what_it_earns():
    # Kelly 1956: of a share f put on heads at even odds, h heads and t tails leave
    # (1 + f) ** h * (1 - f) ** t.
    wealth = np.exp(log_wealth(np.array([-1.0, 1.0]), np.array([3.0, 5.0])))
    by_bet = (1 + FRACTIONS) ** 5 * (1 - FRACTIONS) ** 3
    assert wealth == pytest.approx(by_bet.mean())


@given(shares)
def test_the_interval_holds_the_mean_and_turns_with_the_values(values):
    low, high = betting_interval(values)
    assert low <= values.mean() + 1e-9 <= high + 2e-9
    mirrored = betting_interval(1 - values)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(shares, st.permutations(range(5)))
def test_the_order_of_values_does_not_matter(values, order):
    shuffled = np.resize(values, 5)[list(order)]
    assert betting_interval(shuffled) == pytest.approx(betting_interval(np.sort(shuffled)))


@given(st.integers(0, 200), st.integers(1, 200))
def test_smaller_tails_make_wider_intervals(successes, failures):
    n = successes + failures
    wide, narrow = share_interval(successes, n, (0.001, 0.001)), share_interval(successes, n, TAILS)
    assert wide[0] <= narrow[0] <= successes / n <= narrow[1] <= wide[1]


def test_limits_shift_and_stretch_the_interval():
    values = np.random.default_rng(1).beta(2, 5, 300)
    low, high = betting_interval(values)
    stretched = betting_interval(5 * values - 2, lowest=-2, highest=3)
    assert stretched == pytest.approx((5 * low - 2, 5 * high - 2))


def test_values_that_hardly_vary_have_a_narrow_interval():
    random = np.random.default_rng(2)
    steady = betting_interval(random.uniform(0.45, 0.55, 2000))
    coin = betting_interval((random.random(2000) < 0.5).astype(float))
    assert 5 * (steady[1] - steady[0]) < coin[1] - coin[0]


def test_rounding_many_distinct_values_only_widens_the_interval():
    values = np.random.default_rng(3).random(5000)
    exact = betting_interval(np.round(values, 3))
    rounded = betting_interval(values)
    assert rounded[0] <= exact[0] + 2e-3
    assert rounded[1] >= exact[1] - 2e-3
    assert rounded[1] - rounded[0] < 1.1 * (exact[1] - exact[0])


def test_a_single_value_and_constant_ones_have_intervals():
    low, high = share_interval(1, 1, TAILS)
    assert 0 < low < 0.2
    assert high == 1.0
    low, high = betting_interval(np.full(1000, 0.5), TAILS)
    assert low < 0.5 < high
    assert high - low < 0.01


def test_nothing_has_no_interval():
    assert np.isnan(betting_interval(np.zeros(0))).all()
    assert np.isnan(share_interval(0, 0)).all()


@pytest.mark.parametrize("values", [[0.2, 1.2], [-0.1, 0.5], [0.3, np.nan]])
def test_values_outside_the_limits_are_refused(values):
    with pytest.raises(ValueError, match="give limits that hold them"):
        betting_interval(np.array(values))


def test_what_rounding_put_outside_the_limits_is_on_them():
    values = np.array([0.3, 1 + 1e-7, -1e-17])
    assert betting_interval(values) == betting_interval(np.array([0.3, 1.0, 0.0]))

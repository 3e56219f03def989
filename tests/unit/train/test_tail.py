"""Thresholds keep the false alarms they promise, also beyond what was seen."""

import numpy as np
import pytest
from scipy import stats

from keel.train.tail import fit_pareto, fit_tail


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.3, 0.6])
def test_the_fit_finds_the_law_that_excesses_were_drawn_from(shape):
    drawn = stats.genpareto.rvs(shape, scale=2.0, size=4_000, random_state=1)
    scale, found = fit_pareto(drawn)
    assert found == pytest.approx(shape, abs=0.05)
    assert scale == pytest.approx(2.0, rel=0.06)


def test_the_fit_agrees_with_maximum_likelihood():
    drawn = stats.genpareto.rvs(0.2, scale=1.0, size=2_000, random_state=3)
    likeliest, _, likeliest_scale = stats.genpareto.fit(drawn, floc=0)
    scale, shape = fit_pareto(drawn)
    assert shape == pytest.approx(likeliest, abs=0.02)
    assert scale == pytest.approx(likeliest_scale, rel=0.02)


@pytest.mark.parametrize("law", [stats.norm, stats.expon, stats.t(4)])
def test_a_rate_below_one_in_n_is_kept(law):
    """2,000 scores say where one in 20,000 lies: over many samples neither far too often nor, in
    most of them, far too seldom."""
    rates = []
    for seed in range(30):
        drawn = law.rvs(size=2_000, random_state=seed)
        rates.append(law.sf(fit_tail(drawn).threshold(1 / 20_000)))
    assert np.mean(rates) < 3 / 20_000
    assert np.median(rates) > 0.3 / 20_000


def test_a_rate_that_can_be_counted_is_counted():
    scores = np.arange(1_000.0)
    tail = fit_tail(scores)
    threshold = tail.threshold(0.1)
    assert (scores >= threshold).sum() == 100
    assert tail.rate(np.array([threshold])) == pytest.approx(0.1)


def test_equal_scores_are_all_flagged_or_none():
    scores = np.repeat([0.0, 1.0, 2.0], [900, 97, 3])
    tail = fit_tail(scores)
    assert not tail.is_fitted
    assert tail.threshold(0.05) == 1.5
    assert tail.threshold(0.2) == 0.5
    assert 2.0 < tail.threshold(0.001) < 2.001
    assert tail.threshold(1.0) == 0.0
    assert tail.rate(np.array([2.0, 3.0])).tolist() == [0.003, 0.0005]


@pytest.mark.parametrize("scores", [[1.0], [0.0, 0.0], [3.0, 3.0, 3.0]])
def test_few_or_equal_scores_let_only_something_higher_alarm(scores):
    tail = fit_tail(np.array(scores))
    assert tail.threshold(0.01) > max(scores)


def test_rates_fall_as_scores_rise():
    tail = fit_tail(stats.expon.rvs(size=5_000, random_state=0))
    rates = tail.rate(np.linspace(0, 40, 400))
    assert (np.diff(rates) <= 1e-12).all()
    assert rates[-1] < 1e-6
    assert tail.rate(np.array([tail.threshold(1e-5)])) == pytest.approx(1e-5)

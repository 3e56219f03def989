"""The tail of normal scores, with anomalies in it and without."""

import numpy as np
import pytest
from scipy.stats import genpareto

from keel.train.detect.normal_tail import fit_normal_tail


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.3])
def test_the_expected_share_of_normal_cases_exceeds_the_threshold(shape):
    """Scores drawn from known generalised Pareto tails: what exceeds is known exactly."""
    shares = []
    for seed in range(8):
        scores = genpareto.rvs(shape, size=10_000, random_state=seed)
        tail = fit_normal_tail(scores)
        shares.append(genpareto.sf(tail.exceeded_by(0.001), shape))
    assert 0.0005 < np.median(shares) < 0.002


@pytest.mark.parametrize("share", [0.01, 0.08])
def test_a_clump_of_anomalies_far_out_is_set_aside(share):
    scores = np.random.default_rng(1).exponential(size=10_000)
    odd = int(share * len(scores))
    scores[:odd] = 40 + np.arange(odd) / odd
    tail = fit_normal_tail(scores)
    assert tail.anomalies == pytest.approx(odd, abs=3)
    assert 0.0003 < np.exp(-tail.exceeded_by(0.001)) < 0.003


def test_a_share_that_reaches_below_the_tail_gives_its_start():
    scores = np.random.default_rng(1).exponential(size=1000)
    tail = fit_normal_tail(scores)
    assert tail.exceeded_by(0.5) == tail.start == np.quantile(scores, 0.8)
    levels = [tail.exceeded_by(rate) for rate in (0.1, 0.01, 0.001, 0.0001)]
    assert levels == sorted(levels)


def test_too_few_different_scores_have_no_tail():
    assert fit_normal_tail(np.repeat(np.arange(10.0), 50)) is None
    assert fit_normal_tail(np.zeros(500)) is None

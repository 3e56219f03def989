"""Whether units fell to the arms as they should have."""

import numpy as np
import pytest
from scipy import integrate, stats

from keel.metrics.sequential.sample_ratio import CONCENTRATION, sample_ratio


def test_the_evidence_is_the_likelihood_of_other_splits_over_that_of_the_one_declared():
    prior = stats.beta(CONCENTRATION * 0.3, CONCENTRATION * 0.7)

    def times(share):
        return prior.pdf(share) * (share / 0.3) ** 70 * ((1 - share) / 0.7) ** 130

    expected, _ = integrate.quad(times, 0.2, 0.4)
    assert sample_ratio(np.array([70, 130]), np.array([3, 7])) == pytest.approx(expected)


def test_a_true_split_is_seldom_ever_doubted():
    random = np.random.default_rng(0)
    counts = np.cumsum(random.multinomial(50, [0.2, 0.3, 0.5], size=(200, 60)), axis=1)
    doubted = [any(sample_ratio(c, np.array([2, 3, 5])) >= 20 for c in run) for run in counts]
    assert np.mean(doubted) <= 0.05 + 2 * 0.0155


def test_the_mismatch_of_a_known_case_is_found():
    # Kohavi, Tang and Xu 2020, Trustworthy Online Controlled Experiments, chapter 3: 821,588 and
    # 815,482 users of an even split have a p-value of 1.8e-6.
    assert sample_ratio(np.array([821_588, 815_482]), np.array([1, 1])) > 1000
    assert sample_ratio(np.array([818_600, 818_470]), np.array([1, 1])) < 1


def test_no_unit_is_no_evidence_and_arms_may_change_places():
    assert sample_ratio(np.zeros(2), np.array([1, 1])) == pytest.approx(1.0)
    here = sample_ratio(np.array([50, 90, 10]), np.array([1, 2, 1]))
    assert sample_ratio(np.array([90, 10, 50]), np.array([2, 1, 1])) == pytest.approx(here)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(ValueError, match="must be above 0"):
        sample_ratio(np.array([1, 2]), np.array([0, 1]))

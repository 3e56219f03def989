"""Bounds of a few planned looks, against published tables."""

import numpy as np
import pytest
from scipy import stats

from keel.metrics.sequential.group_sequential import group_sequential
from keel.metrics.sequential.spending import spent_evenly

FIFTHS = np.arange(1, 6) / 5


def spent_late(time, tail):
    """Lan and DeMets 1983, alpha 1: nearly all at the end, as O'Brien and Fleming spend."""
    return 2 * stats.norm.sf(stats.norm.isf(tail / 2) / np.sqrt(time))


def ever(bounds, information):
    """The chance, spent look by look, that bounds are ever crossed either way."""
    random = np.random.default_rng(0)
    steps = random.normal(size=(200_000, len(bounds))) * np.sqrt(np.diff(information, prepend=0))
    z = np.abs(np.cumsum(steps, axis=1)) / np.sqrt(information)
    return (z >= bounds).any(axis=1).mean()


def test_bounds_are_those_of_reboussin_and_others_for_five_looks():
    # Reboussin, DeMets, Kim and Lan 2000, doi:10.1016/S0197-2456(00)00057-X: two-sided 0.05, of
    # which either side has half, at equal times.
    assert group_sequential(FIFTHS, spent_late(FIFTHS, 0.025)) == pytest.approx(
        [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4
    )
    assert group_sequential(FIFTHS, spent_evenly(FIFTHS, 0.025)) == pytest.approx(
        [2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=2e-4
    )


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    # Jennison and Turnbull 2000, Group Sequential Methods, tables 2.1 and 2.3, alpha 0.05.
    [(2, 2.178, 1.977), (3, 2.289, 2.004), (5, 2.413, 2.040), (10, 2.555, 2.087)],
)
def test_spending_what_classical_bounds_spend_gives_these_bounds(looks, pocock, obrien_fleming):
    times = np.arange(1, looks + 1) / looks
    random = np.random.default_rng(1)
    z = np.cumsum(random.normal(size=(400_000, looks)), axis=1) / np.sqrt(np.arange(1, looks + 1))
    for bounds in (np.full(looks, pocock), obrien_fleming / np.sqrt(times)):
        spent = np.maximum.accumulate((z >= bounds).cumsum(axis=1) > 0, axis=1).mean(axis=0)
        assert spent[-1] == pytest.approx(0.025, abs=0.001)
        rising = spent + 1e-9 * np.arange(1, looks + 1)
        likely = spent > 1e-3
        assert group_sequential(times, rising)[likely] == pytest.approx(bounds[likely], abs=0.04)


def test_one_look_is_the_quantile_of_the_normal():
    bound = group_sequential(np.array([700.0]), np.array([0.05]))
    assert bound == pytest.approx([stats.norm.ppf(0.95)], abs=1e-6)


def test_only_proportions_of_information_matter():
    spent = spent_evenly(FIFTHS, 0.05)
    uneven = np.array([1.0, 3, 7, 20, 100])
    bounds = group_sequential(uneven, spent)
    assert group_sequential(500 * uneven, spent) == pytest.approx(bounds)
    assert ever(bounds, uneven) == pytest.approx(0.1, abs=0.005)


def test_spending_ends_with_all_and_starts_with_little():
    spent = spent_evenly(np.array([1e-6, 0.5, 1.0]), 0.05)
    assert spent == pytest.approx(sorted(spent))
    assert spent[0] < 1e-6
    assert spent[-1] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("information", "spent"),
    [([1.0, 1.0], [0.01, 0.02]), ([1.0, 2.0], [0.01, 0.01]), ([0.0], [0.01]), ([1.0], [np.nan])],
)
def test_a_look_without_anything_new_is_refused(information, spent):
    with pytest.raises(ValueError, match="each look must bring information"):
        group_sequential(np.array(information), np.array(spent))

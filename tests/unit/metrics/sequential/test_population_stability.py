"""The population stability index of one arm against the other."""

import numpy as np
import pytest
from scipy import stats

from keel.metrics.sequential.bounds import ONCE
from keel.metrics.sequential.population_stability import population_stability


def true_index(shift):
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    p, q = (np.diff(stats.norm.cdf(edges - s), prepend=0, append=1) for s in (shift, 0))
    return float(((p - q) * np.log(p / q)).sum())


def test_the_index_is_that_of_the_tenths_of_the_reference():
    random = np.random.default_rng(0)
    found = population_stability(random.normal(0.5, 1, 200_000), random.normal(size=200_000))
    assert found.value == pytest.approx(true_index(0.5), abs=0.01)
    assert found.low < true_index(0.5) < found.high


def test_intervals_of_one_look_hold_the_truth_as_often_as_they_say():
    random = np.random.default_rng(1)
    true, held = true_index(0.4), 0
    for _ in range(300):
        pair = random.normal(0.4, 1, 800), random.normal(size=1600)
        found = population_stability(*pair, bounds=ONCE)
        held += found.low <= true <= found.high
    assert held / 300 >= 0.93


def test_samples_of_one_distribution_have_no_index_but_that_of_chance():
    random = np.random.default_rng(2)
    found = [population_stability(*random.normal(size=(2, 500))).value for _ in range(200)]
    # Yurdakul and Naranjo 2020: 9 degrees of freedom by (1 / n + 1 / m) are taken off.
    assert np.mean(found) < 0.012
    assert min(found) == 0


def test_texts_missing_values_and_values_never_seen_are_bins():
    ours = np.array(["a"] * 300 + ["c"] * 300)
    theirs = np.array(["a"] * 300 + ["b"] * 300)
    assert population_stability(ours, theirs).low > 1
    holes = np.where(np.arange(1000) % 2 == 0, np.nan, 1.0)
    assert population_stability(holes, np.ones(1000)).low > 1
    assert population_stability(holes, holes).value == 0
    many = np.arange(1000).astype(str)
    assert population_stability(many, many[::-1]).value == 0


def test_constant_values_and_few_values():
    assert population_stability(np.ones(500), np.ones(500)).value == 0
    few = population_stability(np.ones(100), np.ones(500))
    assert few.value == 0
    assert np.isnan(few.low)
    assert np.isnan(population_stability(np.zeros(0), np.ones(5)).value)


def test_weights_stand_for_repeated_cases_and_clusters_for_one():
    random = np.random.default_rng(3)
    ours, theirs = random.normal(0.5, 1, 1000), random.normal(size=1000)
    twice = population_stability(ours, theirs, np.full(1000, 2.0))
    assert twice.value == pytest.approx(population_stability(ours, theirs).value)
    unit = np.repeat(np.arange(200), 5)
    repeated = ours[unit]
    alone = population_stability(repeated, theirs)
    together = population_stability(repeated, theirs, clusters=(unit, None))
    assert together.high - together.low > 1.5 * (alone.high - alone.low)

"""How far each independent part of the cases moves a figure."""

from dataclasses import replace

import numpy as np
import pytest

from keel.metrics.catalog import find
from keel.metrics.classify.average_precision import average_pulls
from keel.metrics.classify.roc_auc import area_pulls
from keel.metrics.prepared import Prepared, Ranking
from keel.metrics.sample import Basis, Sample
from keel.metrics.sequential.pulls import pulls
from keel.spec.promise import Measure
from release_arms import arm


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
@pytest.mark.parametrize("digits", [1, 6])
def test_pulls_are_slopes_in_the_weights_of_cases(name, digits):
    evidence = arm(60, 3, base=0.4)
    evidence = replace(evidence, output=np.round(evidence.output, digits))
    measure, prepared = Measure(name), Prepared(evidence)
    value, each = find(measure, evidence.task).pulls(prepared, measure)
    step = 1e-6
    weight = np.ones((60, 61))
    weight[:, 1:] += step * np.eye(60)
    sample = Sample(Basis(prepared, np.arange(60), 60, None), weight)
    figures = find(measure, evidence.task).values(sample, measure)
    assert value == pytest.approx(figures[0])
    assert each == pytest.approx((figures[1:] - figures[0]) / step, abs=1e-5)
    assert each.sum() == pytest.approx(0, abs=1e-12)


def test_the_error_of_an_area_is_that_of_delong():
    # The formula of DeLong and others 1988, equation 6, written out over all pairs.
    random = np.random.default_rng(0)
    positive, negative = np.round(random.normal(1, 1, 40), 1), np.round(random.normal(size=55), 1)
    won = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    expected = won.mean(axis=1).var(ddof=1) / 40 + won.mean(axis=0).var(ddof=1) / 55
    scores = np.concatenate([positive, negative])
    negated, rank = np.unique(-scores, return_inverse=True)
    value, each = area_pulls(Ranking(rank, -negated, np.arange(95) < 40))
    assert value == pytest.approx(won.mean())
    assert (each**2).sum() == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("name", ["average_precision", "roc_auc", "f1", "brier", "mcc", "recall"])
def test_the_error_is_that_of_many_draws(name):
    measure = Measure(name)
    figures = [arm(500, seed, base=0.4) for seed in range(1000, 1200)]
    found = [pulls(measure, one, np.arange(500), 500) for one in figures]
    drawn = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(drawn, rel=0.2)


def test_many_classes_pull_their_mean():
    random = np.random.default_rng(1)
    output = random.dirichlet(np.ones(3), 400)
    label = np.array([random.choice(3, p=row) for row in output])
    evidence = replace(arm(400), output=output, label=label, classes=("a", "b", "c"))
    for name in ("roc_auc", "average_precision"):
        whole = pulls(Measure(name), evidence, np.arange(400), 400)
        parts = [pulls(Measure(name, for_class=c), evidence, np.arange(400), 400) for c in "abc"]
        assert whole.value == pytest.approx(np.mean([part.value for part in parts]))
        assert whole.error < max(part.error for part in parts)


@pytest.mark.parametrize("pulled", [area_pulls, average_pulls])
def test_cases_of_one_class_have_no_figure(pulled):
    ranking = Ranking(np.arange(3), -np.arange(3.0), np.zeros(3, dtype=bool))
    assert np.isnan(pulled(ranking)[0])


def test_a_single_part_has_no_error():
    assert np.isnan(pulls(Measure("f1"), arm(5, base=0.5), np.zeros(5, dtype=np.int64), 1).error)

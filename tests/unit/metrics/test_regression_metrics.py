"""Regression metrics agree with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from keel.metrics.bootstrap import estimate, estimates, point
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure


def evidence(predicted, actual, cluster=None):
    predicted = np.asarray(predicted, dtype=np.float64)
    actual = np.asarray(actual, dtype=np.float64)
    return Evidence(TaskName.REGRESS, predicted, actual, "made up", cluster=cluster)


values = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@settings(max_examples=60)
@given(st.lists(st.tuples(values, values), min_size=2, max_size=40))
def test_errors_agree_with_scikit_learn(rows):
    predicted, actual = (np.array(column) for column in zip(*rows, strict=True))
    cases = evidence(predicted, actual)
    expected = {
        "rmse": sk.root_mean_squared_error(actual, predicted),
        "mae": sk.mean_absolute_error(actual, predicted),
        "medae": sk.median_absolute_error(actual, predicted),
        "bias": np.mean(predicted - actual),
    }
    if np.ptp(actual) > 1e-3:
        expected["r2"] = sk.r2_score(actual, predicted)
    if (actual != 0).all():
        expected["mape"] = sk.mean_absolute_percentage_error(actual, predicted)
    for name, figure in expected.items():
        assert point(Measure(name), cases) == pytest.approx(figure, rel=1e-9, abs=1e-6), name


def test_r2_keeps_its_digits_far_from_zero():
    actual = 1e9 + np.arange(10.0)
    predicted = actual + 0.5 * (-1.0) ** np.arange(10)
    assert point(Measure("r2"), evidence(predicted, actual)) == pytest.approx(1 - 2.5 / 82.5)


def test_percentages_of_zero_do_not_exist():
    assert np.isnan(point(Measure("mape"), evidence([1.0, 2.0], [0.0, 2.0])))


def test_a_constant_label_has_no_r2():
    assert np.isnan(point(Measure("r2"), evidence([1.0, 2.0], [3.0, 3.0])))


def test_a_median_of_clusters_is_resampled_by_clusters():
    random = np.random.default_rng(3)
    cluster = np.repeat(np.arange(20), 30)
    error = random.normal(size=20)[cluster] + 0.1 * random.normal(size=600)
    alone = estimate(Measure("medae"), evidence(error, np.zeros(600)))
    whole = estimate(Measure("medae"), evidence(error, np.zeros(600), cluster))
    assert whole.value == alone.value
    assert whole.high - whole.low > 2 * (alone.high - alone.low)


def test_large_tables_are_drawn_in_blocks_with_the_right_spread():
    random = np.random.default_rng(5)
    error = random.normal(2.0, 3.0, 40_000)
    mean, root = estimates(
        [Measure("bias"), Measure("rmse")], evidence(error, np.zeros(40_000)), replicates=600
    )
    assert (mean.high - mean.low) / (2 * 1.96 * 3 / 200) == pytest.approx(1, abs=0.12)
    assert root.low < np.sqrt(13) < root.high

"""Labels of the task detect: optional, sparse, and never learned."""

import numpy as np
import polars as pl
import pytest

from keel.errors import LabelError
from keel.spec.promise import Measure
from keel.spec.system import LabelSpec
from keel.tasks.detect import ENOUGH, TASK


def read(values, positive=None, dtype=None):
    spec = LabelSpec(column="y", positive=positive)
    return TASK.read_label(pl.Series("y", values, dtype=dtype), spec)


@pytest.mark.parametrize(
    ("values", "positive", "codes"),
    [
        ([0, 1, 0, 0], None, [0, 1, 0, 0]),
        (["normal", "odd", "odd", "odd"], None, [0, 1, 1, 1]),
        (["x", "attack", "attack"], None, [0, 1, 1]),
        (["a", "b", "a"], None, [0, 1, 0]),
        (["a", "b", "a"], "a", [1, 0, 1]),
        (["-", "-", "-"], None, [0, 0, 0]),
        ([True, True], None, [1, 1]),
        (["1", "7", "8", "7"], "7", [0, 1, 0, 1]),
        (["fine", "fine"], "broken", [0, 0]),
    ],
)
def test_the_anomaly_is_the_class_that_is_named_or_likely(values, positive, codes):
    label = read(values, positive)
    assert label.values.tolist() == codes
    assert label.known.all()
    assert label.classes == ("normal", "anomaly")


def test_unknown_labels_are_marked_and_may_be_all():
    assert read(["normal", None, "attack"]).known.tolist() == [True, False, True]
    nothing = read([None, None], dtype=pl.String)
    assert not nothing.known.any()
    assert nothing.values.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "positive", "said"),
    [
        (["a", "b", "c"], None, "has 3 classes.*positive: CLASS"),
        (["what", "what"], None, "has one class, 'what'"),
        (["ok", "odd"], "od", "not a class of 'y'.*'odd'"),
        ([[1], [2]], None, "names no classes"),
    ],
)
def test_a_label_that_names_no_anomaly_is_refused_with_the_fix(values, positive, said):
    with pytest.raises(LabelError, match=said):
        read(values, positive)


def test_detectors_are_chosen_by_labels_only_where_enough_anomalies_are_known():
    assert TASK.objective(read([1] * ENOUGH + [0] * 5)) == Measure("average_precision")
    assert TASK.objective(read([1] * (ENOUGH - 1) + [0] * 5)) == Measure("agreement")
    assert TASK.objective(read([None], dtype=pl.Int64)) == Measure("agreement")


def test_known_anomalies_are_spread_over_the_parts_of_a_split():
    assert TASK.strata(np.array([0, 1, 0])).tolist() == [0, 1, 0]
    assert TASK.baseline() == "constant"

"""Labels of the task classify."""

import numpy as np
import polars as pl
import pytest

from keel.errors import LabelError
from keel.spec.system import LabelSpec
from keel.tasks.classify import TASK

SPEC = LabelSpec(column="y")


def read(values, positive=None, dtype=None):
    return TASK.read_label(
        pl.Series("y", values, dtype=dtype), LabelSpec(column="y", positive=positive)
    )


@pytest.mark.parametrize(
    ("values", "classes", "codes"),
    [
        (["no", "yes", "no", "no"], ("no", "yes"), [0, 1, 0, 0]),
        ([True, False, True, True], ("false", "true"), [1, 0, 1, 1]),
        ([0, 1, 1, 1], ("0", "1"), [0, 1, 1, 1]),
        ([1.0, 0.0, 1.0, 1.0], ("0", "1"), [1, 0, 1, 1]),
        ([-1, 1, 1, -1], ("-1", "1"), [0, 1, 1, 0]),
        ([1, 1, 2, 1], ("1", "2"), [0, 0, 1, 0]),
        (["<=50K", ">50K", "<=50K"], ("<=50K", ">50K"), [0, 1, 0]),
        (["ham", "spam", "spam", "spam"], ("ham", "spam"), [0, 1, 1, 1]),
        (["10", "9", "9", "100"], ("9", "10", "100"), [1, 0, 0, 2]),
        ([0.5, 1.5, 0.5], ("0.5", "1.5"), [0, 1, 0]),
    ],
)
def test_labels_of_any_type_become_codes(values, classes, codes):
    label = read(values)
    assert label.classes == classes
    assert label.values.tolist() == codes
    assert label.values.dtype == np.int64
    assert label.known.all()


def test_the_declared_positive_class_is_class_one():
    assert read(["no", "yes", "yes"], positive="no").classes == ("yes", "no")
    assert read([True, False, True], positive="false").classes == ("true", "false")


def test_unknown_labels_are_marked_not_guessed():
    label = read(["a", None, "b", "a"])
    assert label.known.tolist() == [True, False, True, True]
    assert label.values[1] == 0
    assert read([1.0, float("nan"), 0.0, 0.0]).known.tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["a", "a", "a"], "has one class, 'a', in all 3 rows"),
        ([None, None], "is missing in all 2 rows"),
        (["a", "b", "c"], "has a different value in each of 3 rows"),
        ([1.5, 2.5, 3.5], "declare `task: regress`"),
        ([], "is missing in all 0 rows"),
    ],
)
def test_a_label_that_cannot_be_learned_is_refused_with_the_fix(values, said):
    with pytest.raises(LabelError, match=said):
        read(values, dtype=pl.String if not any(values) else None)


def test_a_time_is_not_a_class():
    with pytest.raises(LabelError, match="names no classes"):
        TASK.read_label(pl.Series("y", [1, 2]).cast(pl.Datetime("us")), SPEC)


def test_a_positive_class_that_does_not_exist_is_refused():
    with pytest.raises(LabelError, match="did you mean 'yes'"):
        read(["yes", "no", "no"], positive="yess")
    with pytest.raises(LabelError, match="has 3 classes"):
        read(["a", "b", "c", "a"], positive="a")


def test_five_hundred_classes_are_fine():
    label = read([f"c{i % 500}" for i in range(2000)])
    assert len(label.classes) == 500
    assert len(TASK.report(label.classes)) > 5


def test_the_objective_follows_how_rare_the_positives_are():
    assert TASK.objective(read([0] * 60 + [1] * 40)).name == "roc_auc"
    assert TASK.objective(read([0] * 98 + [1] * 2)).name == "average_precision"
    assert TASK.objective(read(["a", "b", "c", "a"])).name == "log_loss"


def test_the_strata_are_the_classes():
    label = read(["a", "b", "a"])
    assert TASK.strata(label.values).tolist() == label.values.tolist()

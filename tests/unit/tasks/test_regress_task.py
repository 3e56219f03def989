"""Labels of the task regress."""

import numpy as np
import polars as pl
import pytest

from keel.errors import LabelError
from keel.spec.system import LabelSpec
from keel.tasks.regress import TASK

SPEC = LabelSpec(column="y")


def read(values, dtype=None):
    return TASK.read_label(pl.Series("y", values, dtype=dtype), SPEC)


def test_numbers_are_kept_and_gaps_marked():
    label = read([1.5, None, 3.0, float("nan"), float("inf")])
    assert label.values.tolist() == [1.5, 0.0, 3.0, 0.0, 0.0]
    assert label.known.tolist() == [True, False, True, False, False]
    assert label.classes == ()
    assert read([1, 2, 3]).values.dtype == np.float64


@pytest.mark.parametrize(
    ("values", "dtype", "said"),
    [
        (["cheap", "dear"], pl.String, "such as 'cheap', 'dear'.*task: classify"),
        ([None, None], pl.Float64, "missing in all 2 rows"),
        ([4.0, 4.0], pl.Float64, "is 4 in all 2 rows"),
    ],
)
def test_a_label_that_cannot_be_learned_is_refused_with_the_fix(values, dtype, said):
    with pytest.raises(LabelError, match=said):
        read(values, dtype)


def test_strata_hold_about_equal_numbers():
    strata = TASK.strata(np.random.default_rng(0).exponential(size=1000))
    assert np.bincount(strata).tolist() == [100] * 10
    assert set(TASK.strata(np.array([1.0, 1.0, 1.0, 1.0]))) == {1}


def test_the_objective_is_the_root_mean_squared_error():
    assert TASK.objective(read([1, 2])).name == "rmse"

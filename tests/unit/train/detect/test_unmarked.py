"""Known anomalies are kept from the fit."""

import numpy as np
import pytest

from keel.data.split import Fold, Split
from keel.errors import LabelError
from keel.tasks.task import Label
from keel.train.detect.unmarked import fitted_without_known_anomalies, unmarked

ROWS = np.arange(6)
SPLIT = Split(ROWS, np.array([6]), (Fold(ROWS[:4], ROWS[4:]),), "random", "one part")


def label(*values: int, known: int = 7) -> Label:
    return Label(np.array(values), np.arange(7) < known, ("normal", "anomaly"))


def test_only_what_a_label_calls_odd_is_left_out_of_the_fit_and_nothing_of_the_validation():
    judged = label(0, 1, 0, 1, 1, 0, 0, known=3)
    assert unmarked(ROWS, judged).tolist() == [0, 2, 3, 4, 5]
    [fold] = fitted_without_known_anomalies(SPLIT, judged).folds
    assert fold.fit.tolist() == [0, 2, 3]
    assert fold.validate.tolist() == [4, 5]


def test_a_label_that_calls_everything_odd_is_refused():
    with pytest.raises(LabelError, match="nothing usual to learn"):
        fitted_without_known_anomalies(SPLIT, label(1, 1, 1, 1, 0, 0, 0))

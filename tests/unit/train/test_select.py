"""Choosing among very many columns."""

import numpy as np
import pytest
from sklearn.feature_selection import f_classif, f_regression

from keel.train.encode.select import fit_selection


def table(columns: int = 60, rows: int = 300) -> np.ndarray:
    return np.random.default_rng(3).standard_normal((rows, columns)).astype(np.float32)


def test_nothing_is_chosen_while_columns_are_few():
    assert fit_selection(table(), np.zeros(300, dtype=np.int64), most=60) is None


def test_classes_choose_as_the_f_test_does():
    block = table()
    label = (block[:, 7] + block[:, 41] + table(1)[:, 0] > 0).astype(np.int64)
    chosen = fit_selection(block, label, most=10)
    expected = np.sort(np.argsort(-f_classif(block, label)[0])[:10])
    assert chosen is not None
    assert chosen.picks.tolist() == expected.tolist()
    assert chosen.transform(block).shape == (300, 10)


def test_values_choose_as_the_f_test_does():
    block = table()
    label = block[:, 3].astype(np.float64) * 2 - block[:, 30]
    chosen = fit_selection(block, label, most=10)
    expected = np.sort(np.argsort(-f_regression(block, label)[0])[:10])
    assert chosen is not None
    assert chosen.picks.tolist() == expected.tolist()


@pytest.mark.parametrize("hole", [np.nan])
def test_missing_values_and_constants_choose_without_a_warning(hole: float):
    block = table()
    label = (block[:, 5] > 0).astype(np.int64)
    block[::3, 5] = hole
    block[:, 6] = 1.0
    block[:, 8] = hole
    chosen = fit_selection(block, label, most=3)
    assert chosen is not None
    assert 5 in chosen.picks
    assert 6 not in chosen.picks
    assert 8 not in chosen.picks

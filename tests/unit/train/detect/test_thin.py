"""Fewer rows for comparisons."""

import numpy as np

from keel.data.split import Fold, Split
from keel.train.detect.thin import thin


def split(rows):
    half = rows // 2
    folds = (
        Fold(np.arange(half), np.arange(half, rows)),
        Fold(np.arange(half, rows), np.arange(half)),
    )
    return Split(np.arange(rows), np.arange(rows, rows + 9), folds, "random", "halves")


def test_folds_hold_at_most_so_many_rows_of_their_own_in_order():
    whole = split(1000)
    thinned = thin(whole, seed=3, most=100)
    for fold, full in zip(thinned.folds, whole.folds, strict=True):
        assert (len(fold.fit), len(fold.validate)) == (100, 50)
        assert np.isin(fold.fit, full.fit).all()
        assert np.isin(fold.validate, full.validate).all()
        assert (np.diff(fold.validate) > 0).all()
    assert thinned.train is whole.train
    assert thinned.test is whole.test


def test_small_tables_stay_as_they_are():
    whole = split(60)
    thinned = thin(whole, seed=3)
    for fold, full in zip(thinned.folds, whole.folds, strict=True):
        np.testing.assert_array_equal(fold.fit, full.fit)
        np.testing.assert_array_equal(fold.validate, full.validate)

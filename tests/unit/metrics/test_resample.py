"""What is drawn when cases are resampled."""

import numpy as np
import pytest

from keel.metrics import resample
from keel.metrics.resample import left_out_weights, resample_weights, resampling_units


def test_each_resample_draws_as_many_units_as_there_are():
    weight = np.concatenate(list(resample_weights(50, 130, 7)), axis=1)
    assert weight.shape == (50, 130)
    assert (weight.sum(axis=0) == 50).all()
    assert np.array_equal(weight, np.concatenate(list(resample_weights(50, 130, 7)), axis=1))


def test_draws_vary_as_draws_with_replacement_do():
    weight = np.concatenate(list(resample_weights(40, 2000, 1)), axis=1)
    assert weight.mean() == 1
    assert weight.var() == pytest.approx(1 - 1 / 40, rel=0.03)


def test_every_unit_is_left_out_once():
    weight = np.concatenate(list(left_out_weights(350, 0)), axis=1)
    assert weight.shape == (350, resample.LEFT_OUT)
    assert ((weight == 0).sum(axis=1) == 1).all()
    few = np.concatenate(list(left_out_weights(5, 0)), axis=1)
    assert np.array_equal(np.sort(few, axis=0)[:1], np.zeros((1, 5)))


def test_many_cases_become_blocks_of_equal_size():
    unit, units = resampling_units(None, 50_000, 1, 0)
    assert units == resample.UNITS
    assert np.ptp(np.bincount(unit)) <= 1


def test_many_clusters_stay_whole_in_their_block():
    cluster = np.repeat(np.arange(20_000), 2) * 7
    unit, units = resampling_units(cluster, 40_000, 1, 0)
    assert units == resample.UNITS
    assert (unit[::2] == unit[1::2]).all()


def test_few_clusters_are_units_of_their_own():
    unit, units = resampling_units(np.array([9, 4, 9, 1]), 4, 1, 0)
    assert units == 3
    assert unit.tolist() == [2, 1, 2, 0]

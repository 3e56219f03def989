"""The best of a row of scores."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keel.data.histories import NOTHING
from keel.train.recommend.top_items import top_items


def test_of_equal_scores_the_lower_code_goes_first_also_at_the_border():
    scores = np.array([[1.0, 3.0, 2.0, 2.0, 2.0]], dtype=np.float32)
    found, best = top_items(scores, None, 3)
    assert found.tolist() == [[1, 2, 3]]
    assert best.tolist() == [[3.0, 2.0, 2.0]]


def test_what_is_not_allowed_or_no_number_is_left_out():
    scores = np.array([[9.0, np.nan, 2.0, 1.0]], dtype=np.float32)
    found, best = top_items(scores, np.array([[False, True, True, True]]), 4)
    assert found.tolist() == [[2, 3, NOTHING, NOTHING]]
    assert np.isneginf(best[0, 2:]).all()


@given(st.integers(0, 1000), st.integers(1, 30), st.integers(1, 3))
def test_long_rows_are_answered_as_by_sorting(seed: int, most: int, spread: int):
    random = np.random.default_rng(seed)
    scores = np.round(random.normal(size=(4, 2000)), spread).astype(np.float32)
    found, best = top_items(scores, None, most)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :most]
    assert (found == expected).all()
    assert (best == np.take_along_axis(scores, expected, axis=1)).all()

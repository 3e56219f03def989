"""Lists whose items are unlike each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from keel.data.histories import NOTHING
from keel.train.recommend.item_links import ItemLinks
from keel.train.recommend.rerank import how_alike, rerank

ITEMS = np.array([10, 11, 12, 13])
SCORES = np.array([4.0, 3.9, 3.0, 2.0], dtype=np.float32)
TWINS = np.eye(4, dtype=np.float32)
TWINS[0, 1] = TWINS[1, 0] = 1.0


def test_no_diversity_changes_nothing():
    items, scores = rerank(ITEMS, SCORES, TWINS, 0.0, 2)
    assert items.tolist() == ITEMS.tolist()
    assert scores.tolist() == SCORES.tolist()


def test_a_twin_of_the_first_item_gives_way_to_one_unlike_it():
    items, scores = rerank(ITEMS, SCORES, TWINS, 0.5, 2)
    assert items.tolist() == [10, 12, 11, 13]
    assert scores.tolist() == SCORES[[0, 2, 1, 3]].tolist()


def test_places_without_an_item_stay_at_the_end():
    items = np.array([5, 6, 7, NOTHING, NOTHING])
    scores = np.array([3, 2, 1, -np.inf, -np.inf], dtype=np.float32)
    alike = np.ones((5, 5), dtype=np.float32)
    found, kept = rerank(items, scores, alike, 0.9, 5)
    assert sorted(found[:3]) == [5, 6, 7]
    assert (found[3:] == NOTHING).all()
    assert np.isneginf(kept[3:]).all()


@given(st.integers(0, 1000), st.floats(0.01, 1.0))
def test_picks_are_those_of_the_definition(seed: int, diversity: float):
    random = np.random.default_rng(seed)
    scores = -np.sort(-random.normal(size=12)).astype(np.float32)
    alike = random.random((12, 12)).astype(np.float32)
    found, _ = rerank(np.arange(12), scores, alike, diversity, 6)
    worth = (scores - scores.min()).astype(np.float64) / float(scores.max() - scores.min())
    picked = [0]
    while len(picked) < 6:
        left = [i for i in range(12) if i not in picked]
        values = [(1 - diversity) * worth[i] - diversity * alike[picked, i].max() for i in left]
        picked.append(left[int(np.argmax(values))])
    assert found[:6].tolist() == pytest.approx(picked)


def test_alike_is_by_use_and_by_labels_in_equal_parts():
    links = ItemLinks(
        np.array([[1, 2], [0, NOTHING], [NOTHING, NOTHING]], np.int32),
        np.array([[4, 1], [2, 0], [0, 0]], np.float32),
    )
    items = np.array([0, 1, 2, NOTHING])
    by_use = how_alike(items, links)
    assert by_use[:3, :3].tolist() == [[0, 1, 0.25], [1, 0, 0], [0.25, 0, 0]]
    labels = sparse.csr_matrix(np.array([[1, 1], [1, 0], [0, 0]]))
    both = how_alike(items, links, labels)
    assert both[0, 1] == pytest.approx((1 + 0.5**0.5) / 2)
    assert both[0, 2] == pytest.approx(0.125)
    assert (both[3] == 0).all()

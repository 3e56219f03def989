"""What items say of each other."""

import numpy as np
import pytest

from keel.data.histories import NOTHING
from keel.train.recommend.catalogue import recommenders
from keel.train.recommend.item_links import ItemLinks, item_links, links_table, read_links
from recommend_case import ITEMS, fit_of

USED = np.arange(ITEMS - 2)


@pytest.mark.parametrize("name", ["ease", "als", "item_neighbours", "bpr", "hybrid"])
def test_items_speak_for_those_of_their_taste(name: str):
    few = {} if name in ("ease", "item_neighbours") else {"factors": 8}
    links = item_links(recommenders()[name].fit(fit_of(**few)), USED, ITEMS, value=4.0, most=5)
    first = links.target[USED[:10], 0]
    assert np.mean(first % 2 == USED[:10] % 2) >= 0.8
    assert (links.target != np.arange(ITEMS)[:, None]).all()


def test_a_linear_model_links_by_its_weights_less_what_any_item_says():
    model = recommenders()["ease"].fit(fit_of())
    links = item_links(model, USED, ITEMS, most=ITEMS - 1)
    usual = model.weights[USED].mean(axis=0)
    rise = model.weights[7] - usual
    rise[7] = 0.0
    kept = links.target[7][links.target[7] != NOTHING]
    assert set(kept) == set(np.flatnonzero(rise > 1e-3 * usual.std()))
    assert links.weight[7][: len(kept)] == pytest.approx(rise[kept], abs=1e-5)


def test_popularity_links_nothing_and_an_item_that_nobody_used_says_nothing():
    links = item_links(recommenders()["popularity"].fit(fit_of()), USED, ITEMS)
    assert (links.target == NOTHING).all()
    links = item_links(recommenders()["ease"].fit(fit_of()), USED, ITEMS)
    assert (links.target[ITEMS - 2 :] == NOTHING).all()


def test_links_are_read_as_they_were_written():
    links = item_links(recommenders()["als"].fit(fit_of()), USED, ITEMS, most=6)
    again = read_links(links_table(links), ITEMS)
    assert (again.target == links.target[:, : again.target.shape[1]]).all()
    assert (again.weight == links.weight[:, : again.weight.shape[1]]).all()
    none = ItemLinks(np.full((3, 2), NOTHING, np.int32), np.zeros((3, 2), np.float32))
    assert (read_links(links_table(none), 3).target == NOTHING).all()


def test_links_among_items_are_looked_up_and_nothing_is_linked_to_nothing():
    links = ItemLinks(
        np.array([[2, 1], [0, NOTHING], [NOTHING, NOTHING]], np.int32),
        np.array([[3, 2], [1, 0], [0, 0]], np.float32),
    )
    rows, items = np.array([0, 1, NOTHING]), np.array([0, 2, NOTHING])
    assert links.among(rows, items).tolist() == [[0, 3, 0], [1, 0, 0], [0, 0, 0]]

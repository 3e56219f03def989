"""Why an item is shown."""

import numpy as np
from scipy import sparse

from keel.data.histories import NOTHING
from keel.train.recommend.catalogue import recommenders
from keel.train.recommend.item_links import ItemLinks, item_links
from keel.train.recommend.reasons import Grounds, Reason, reasons
from recommend_case import ITEMS, content, fit_of

LINKS = ItemLinks(
    np.array([[3, 4], [3, NOTHING], [3, 4], *[[NOTHING] * 2] * 3], np.int32),
    np.array([[1, 5], [3, 0], [2, 6], *[[0] * 2] * 3], np.float32),
)
COUNTS = np.array([1, 1, 1, 1, 1, 90])


def test_a_reason_names_what_of_the_history_speaks_most_for_the_item():
    grounds = Grounds.of(LINKS, COUNTS)
    first, second, third = reasons(np.array([3, 4, 5]), np.array([0, 1, 2]), grounds)
    assert first.because == (1, 2)
    assert second.because == (2, 0)
    assert third == Reason((), (), popular=True)


def test_labels_that_the_history_has_more_of_than_the_catalogue_are_shared():
    labels = sparse.csr_matrix(np.array([[1, 0], [1, 1], [0, 1], [1, 1], [0, 0], [0, 1]]))
    grounds = Grounds.of(LINKS, COUNTS, labels, ("Comedy", "Drama"))
    (found,) = reasons(np.array([3]), np.array([0]), grounds)
    assert found.labels == ("Comedy",)


def test_sentences_say_the_strongest_reason():
    title = "ABC".__getitem__
    assert Reason((0, 2), ("x",), True).sentence(title) == "because you chose A and C"
    assert Reason((), ("Comedy",), True).sentence(title) == "Comedy, as much of what you chose"
    assert Reason((), (), True).sentence(title) == "popular"
    assert "best" in Reason((), (), False).sentence(title)


def test_nobody_and_nothing_have_reasons_too():
    grounds = Grounds.of(LINKS, COUNTS)
    empty = np.array([], dtype=np.int64)
    assert reasons(np.array([3]), empty, grounds) == (Reason((), (), False),)
    assert reasons(empty, np.array([1]), grounds) == ()


def test_a_model_explains_its_items_by_those_of_the_same_taste():
    model = recommenders()["als"].fit(fit_of(factors=4))
    links = item_links(model, np.arange(ITEMS - 2), ITEMS, value=4.0)
    counts = fit_of().interactions.item_counts()
    grounds = Grounds.of(links, counts, content().labels, content().label_names)
    items = np.array([4, 5, 6, 7])
    found = reasons(items, np.array([0, 1, 2, 3]), grounds)
    assert [each.because[0] % 2 for each in found] == [0, 1, 0, 1]

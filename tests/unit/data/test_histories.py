"""Histories made of events."""

import numpy as np

from keel.data.histories import NOTHING, Histories, histories_of
from keel.data.interactions import Interactions

DAY = np.timedelta64(1, "D")
START = np.datetime64("2026-01-01", "us")


def events(user, item, day=None, value=None) -> Interactions:
    time = None if day is None else START + np.array(day) * DAY
    ratings = None if value is None else np.array(value, dtype=np.float64)
    return Interactions(np.array(user), np.array(item), 3, 5, time, ratings)


def items_of(histories: Histories) -> list[list[int]]:
    return [list(part) for part in np.split(histories.item, histories.start[1:-1])]


def test_items_are_in_order_of_time_and_users_without_events_have_none():
    found = histories_of(events([2, 0, 2, 2], [4, 1, 0, 2], [3, 1, 1, 2]))
    assert items_of(found) == [[1], [], [0, 2, 4]]
    assert list(found.age) == [0, 2, 1, 0]


def test_events_at_one_time_keep_the_order_of_their_rows():
    assert items_of(histories_of(events([0, 0, 0], [3, 1, 2], [5, 5, 5])))[0] == [3, 1, 2]


def test_an_item_that_comes_again_moves_to_its_last_place_with_its_last_value():
    found = histories_of(events([0, 0, 0], [1, 2, 1], [1, 2, 3], [5.0, 3.0, 2.0]))
    assert items_of(found)[0] == [2, 1]
    assert list(found.value) == [3.0, 2.0]


def test_without_values_an_item_counts_its_events():
    found = histories_of(events([0, 0, 0, 1], [1, 2, 1, 1]))
    assert items_of(found) == [[2, 1], [1], []]
    assert list(found.value) == [1.0, 2.0, 1.0]


def test_histories_are_taken_in_any_order_and_more_than_once():
    whole = histories_of(events([0, 0, 2], [1, 2, 3], [1, 2, 3], [5.0, 4.0, 1.0]))
    part = whole.take(np.array([2, 1, 0, 2]))
    assert items_of(part) == [[3], [], [1, 2], [3]]
    assert list(part.value) == [1.0, 5.0, 4.0, 1.0]


def test_padding_comes_last_and_a_graph_always_has_a_place_to_look_at():
    whole = histories_of(events([0, 0, 2], [1, 2, 3], [1, 2, 3], [5.0, 4.0, 1.0]))
    items, values = whole.padded()
    assert items.tolist() == [[1, 2], [NOTHING, NOTHING], [3, NOTHING]]
    assert values.tolist() == [[5.0, 4.0], [0.0, 0.0], [1.0, 0.0]]
    empty = whole.take(np.array([1]))
    assert empty.padded()[0].tolist() == [[NOTHING]]


def test_a_matrix_holds_a_one_where_a_history_holds_an_item():
    whole = histories_of(events([0, 0, 2], [1, 2, 3]))
    assert whole.matrix().toarray().tolist() == [[0, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 1, 0]]

import numpy as np
import polars as pl
import pytest

from keel.data.divide_events import divide_events
from keel.data.events import Events
from keel.data.histories import NOTHING
from keel.data.segments import Segments
from keel.train.recommend import asked as asking
from keel.train.recommend.asked import ask
from recommend_case import world
from recommend_tables import declared


def everything(liked: float = 0.0) -> Events:
    happened = world()
    assert happened.value is not None
    return Events(
        happened,
        pl.Series([f"u{code:02d}" for code in range(happened.users)]),
        pl.Series([f"i{code:02d}" for code in range(happened.items)]),
        happened.value >= liked,
        np.arange(len(happened)),
        None,
        None,
        (),
    )


NO_SEGMENTS = Segments(np.zeros(80, dtype=np.int64))


def test_users_are_asked_about_what_they_had_not_used_before() -> None:
    events = everything()
    split = divide_events(events.interactions, declared())
    found = ask(events, split.train, split.test, NO_SEGMENTS, "rank", 0)
    assert set(found.user) <= set(events.interactions.user[split.test])
    for row, user in enumerate(found.user):
        before = set(
            events.interactions.item[split.train][events.interactions.user[split.train] == user]
        )
        later = set(
            events.interactions.item[split.test][events.interactions.user[split.test] == user]
        )
        right = {code for code in found.right[row] if code != NOTHING}
        assert right == later - before
        assert set(found.seen.take(np.array([row])).item) == before


def test_only_what_was_liked_is_right_and_speaks_for_more() -> None:
    events = everything(liked=4)
    split = divide_events(events.interactions, declared())
    found = ask(events, split.train, split.test, NO_SEGMENTS, "rank", 0)
    assert len(found.histories.item) < len(found.seen.item)
    assert np.nanmin(found.rated) >= 4
    rated = ask(events, split.train, split.test, NO_SEGMENTS, "rating", 0)
    assert np.nanmin(rated.rated) < 4
    assert np.array_equal(rated.histories.item, rated.seen.item)


def test_of_very_many_users_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_ASKED", 10)
    events = everything()
    split = divide_events(events.interactions, declared(split={"by": "random"}))
    found = ask(events, split.train, split.test, NO_SEGMENTS, "rank", 0)
    assert len(found) == 10
    assert len(found.take(np.array([2, 0]))) == 2
    assert list(found.take(np.array([2, 0])).user) == [found.user[2], found.user[0]]


def test_activity_is_told_in_words() -> None:
    events = everything()
    split = divide_events(events.interactions, declared())
    found = ask(events, split.train, split.test, NO_SEGMENTS, "rank", 0)
    words = dict(zip(found.seen.lengths.tolist(), found.activity.tolist(), strict=True))
    assert {word for count, word in words.items() if 1 <= count <= 9} == {"1 to 9"}
    assert words.get(0, "no history") == "no history"

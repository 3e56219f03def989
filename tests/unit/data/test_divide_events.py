import numpy as np
import pytest

from keel.data.divide_events import divide_events
from keel.data.interactions import Interactions
from keel.errors import DeclarationError, TableError
from recommend_case import world
from recommend_tables import declared


def untimed() -> Interactions:
    happened = world()
    return Interactions(happened.user, happened.item, happened.users, happened.items)


def test_by_time_everything_known_lies_before_what_is_asked() -> None:
    happened = world()
    split = divide_events(happened, declared())
    time = happened.time
    assert time is not None
    assert time[split.train].max() < time[split.test].min()
    assert len(split.test) == pytest.approx(0.2 * len(happened), abs=2)
    (fold,) = split.folds
    assert time[fold.fit].max() < time[fold.validate].min()
    assert time[fold.validate].max() < time[split.test].min()


def test_equal_times_are_never_parted() -> None:
    happened = world()
    time = np.full(len(happened), np.datetime64("2026-01-01", "us"))
    time[:250] += np.timedelta64(1, "D")
    time[:50] += np.timedelta64(1, "D")
    coarse = Interactions(happened.user, happened.item, happened.users, happened.items, time)
    split = divide_events(coarse, declared(split={"test": 0.02}))
    assert set(split.test) == set(range(50))


def test_the_last_event_of_each_user_is_the_test_part_and_the_one_before_validates() -> None:
    happened = world()
    split = divide_events(happened, declared(split={"by": "last"}))
    time = happened.time
    assert time is not None
    assert sorted(happened.user[split.test]) == list(range(happened.users))
    for row in split.test:
        own = happened.user == happened.user[row]
        assert time[row] == time[own].max()
    (fold,) = split.folds
    assert not set(fold.validate) & set(split.test)
    assert len(set(happened.user[fold.validate])) == len(fold.validate)


def test_at_random_a_share_of_each_users_events_is_held_out() -> None:
    happened = untimed()
    split = divide_events(happened, declared(split={"by": "random", "test": 0.25}))
    held = np.bincount(happened.user[split.test], minlength=happened.users)
    sizes = happened.user_counts()
    assert np.all(held == np.floor(sizes * 0.25 + 0.5))
    assert not set(split.train) & set(split.test)
    again = divide_events(happened, declared(split={"by": "random", "test": 0.25}))
    assert np.array_equal(split.test, again.test)


def test_several_random_folds_hold_every_event_out_once() -> None:
    split = divide_events(untimed(), declared(split={"by": "random", "folds": 5}))
    held = np.concatenate([fold.validate for fold in split.folds])
    assert sorted(held) == sorted(split.train)
    assert "5 validation parts" in split.protocol


def test_several_parts_by_time_follow_each_other() -> None:
    happened = world()
    split = divide_events(happened, declared(split={"folds": 3}))
    time = happened.time
    assert time is not None
    begins = [time[fold.validate].min() for fold in split.folds]
    assert begins == sorted(begins)
    for fold in split.folds:
        assert time[fold.fit].max() < time[fold.validate].min()


def test_without_times_the_split_is_random_and_by_time_is_refused() -> None:
    assert divide_events(untimed(), declared()).by == "random"
    with pytest.raises(DeclarationError, match="needs the time of the events"):
        divide_events(untimed(), declared(split={"by": "last"}))


def test_a_given_test_table_is_the_test_part() -> None:
    happened = world()
    split = divide_events(happened, declared(), test_from=len(happened) - 40)
    assert (split.by, len(split.test)) == ("given", 40)


def test_users_with_one_event_each_leave_nothing_to_prove() -> None:
    alone = world().take(np.unique(world().user, return_index=True)[1])
    with pytest.raises(TableError, match="0 to prove anything by"):
        divide_events(alone, declared(split={"by": "last"}))

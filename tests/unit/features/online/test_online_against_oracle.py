"""Events written as they arrive, in batches, some of them again, and asked in between: figures are
those of the plainest Python of what had arrived by then."""

from collections.abc import Iterator
from itertools import count, groupby
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feature_agreement import check
from feature_histories import SIZES, TABLE, History, histories, take
from keel.backends.online import OnlineStore
from keel.backends.open_online import open_online
from keel.features.figure import AS_OF
from keel.features.online.online_features import OnlineFeatures
from keel.spec.aggregate import NAMES

CASES = 1_000
SMALL = {
    "online_features.FOLDED_AT": 2,
    "state.SHALLOW": 3,
    "tree.BLOCK_SIZE": 2,
    "tree.GROUP_SIZE": 3,
}
"""Sizes at which a handful of events are as deep as millions."""

ALL = 100


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OnlineStore]:
    opened = open_online(f"sqlite:///{tmp_path / 'online.db'}")
    yield opened
    opened.close()


def live(features: OnlineFeatures, history: History, batches: bytes) -> dict[str, pl.Series]:
    """Every row is asked when all that has arrived by its time is written, and nothing else.

    batches: each of up to 8 events; those of odd numbers are written twice.
    """
    events, rows = history.events, history.rows
    arrival = (events.time if events.arrival is None else events.arrival).to_list()
    order = sorted(range(len(events)), key=arrival.__getitem__)
    asked = sorted(range(len(rows)), key=rows.time.__getitem__)
    sizes = (size % 16 for size in batches)
    found, written = [], 0
    for until, places in groupby(asked, lambda i: sum(a <= rows.time[i] for a in arrival)):
        while written < until:
            size = next(sizes, ALL)
            batch = order[written : min(written + 1 + size // 2, until)]
            for _ in range(1 + size % 2):
                features.write(TABLE, take(events, batch), [str(i).encode() for i in batch])
            written += len(batch)
        found.append(pl.DataFrame(features.figures(rows.take(list(places)))))
    back = sorted(range(len(asked)), key=asked.__getitem__)
    return {column.name: column for column in pl.concat(found)[back]}


@pytest.mark.parametrize("name", [*NAMES, AS_OF])
def test_figures_of_what_has_arrived_are_those_of_the_oracle(name: str, store: OnlineStore) -> None:
    number = count()
    batches = st.binary(max_size=12)

    @settings(max_examples=CASES, derandomize=True)
    @given(histories(name), batches, st.booleans())
    def judge(history: History, batches: bytes, small: bool) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for what, size in SMALL.items() if small else ():
                patch.setattr(f"keel.features.online.{what}", size)
            features = OnlineFeatures(store, str(next(number)), history.figures)
            check(live(features, history, batches), history)

    judge()


def test_what_was_known_of_an_event_before_it_changed_is_known_as_of_then(
    store: OnlineStore,
) -> None:
    number = count()

    @settings(max_examples=CASES // 4, derandomize=True)
    @given(histories(*NAMES, AS_OF), st.binary(max_size=12), st.booleans(), st.booleans())
    def judge(history: History, batches: bytes, small: bool, many: bool) -> None:
        events = history.events
        if events.arrival is None:
            return
        order = sorted(range(len(events)), key=events.arrival.to_list().__getitem__)
        sizes = (size % 8 for size in batches)
        with pytest.MonkeyPatch.context() as patch:
            for what, size in SMALL.items() if small else ():
                patch.setattr(f"keel.features.online.{what}", size)
            features = OnlineFeatures(
                store, f"revised {next(number)}", history.figures, revised=[TABLE]
            )
            last: dict[object, int] = {}
            while order:
                size = next(sizes, ALL) + 1
                batch, order = order[:size], order[size:]
                known = dict.fromkeys(events.key[i] for i in batch if events.key[i] in last)
                batch = [*(last[key] for key in known), *batch]
                act = features.fill if size % 2 and not last else features.write
                act(TABLE, take(events, batch), [b"%d" % i for i in batch])
                last |= {events.key[i]: i for i in batch}
            if many:
                patch.setattr("keel.features.online.online_features.MANY", 0)
            check(features.figures(history.rows), history)

    judge()


def latest(history: History) -> set[int]:
    """The row of each key that arrived last."""
    events = history.events
    arrival = (events.time if events.arrival is None else events.arrival).to_list()
    order = sorted(range(len(events)), key=arrival.__getitem__)
    return set({events.key[i]: i for i in order}.values())


def test_history_may_come_in_while_events_do(store: OnlineStore) -> None:
    """Whatever is live, in history or in both, and in whichever order: each event is what it last
    was, and there once."""
    number = count()
    # Of each row whether it is history, and whether it is live before, after, or both.
    roles = st.binary(min_size=max(SIZES), max_size=max(SIZES))

    @settings(max_examples=CASES // 2, derandomize=True)
    @given(histories(*NAMES, AS_OF), roles, st.booleans())
    def judge(history: History, roles: bytes, small: bool) -> None:
        last = latest(history)
        past = [i for i in range(len(history.events)) if roles[i] & 1]
        live = [i for i in last if i not in past or roles[i] & 2]
        before = [i for i in live if roles[i] & 4]
        after = [i for i in live if not roles[i] & 4 or roles[i] & 8]
        with pytest.MonkeyPatch.context() as patch:
            for what, size in SMALL.items() if small else ():
                patch.setattr(f"keel.features.online.{what}", size)
            features = OnlineFeatures(store, f"overlap {next(number)}", history.figures)
            for part in (before, past, past, after):
                act = features.fill if part is past else features.write
                act(TABLE, take(history.events, part), [str(i).encode() for i in part])
            left = take(history.events, sorted(last))
            wanted = History(left, history.rows, history.figures)
            check(features.figures(history.rows), wanted)
            patch.setattr("keel.features.online.online_features.MANY", 0)
            check(features.figures(history.rows), wanted)

    judge()

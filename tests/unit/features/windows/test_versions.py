"""Few rows see anything else than the last of what is known of each event."""

import numpy as np
import polars as pl

from keel.features.events import Events
from keel.features.figure import Reading
from keel.features.windows.timeline import Window, timeline
from keel.features.windows.versions import Versions, find_versions

AMOUNT, LABEL = Reading("t", "amount"), Reading("t", "label")
TIME = [10, 20, 30]


def table(labelled_at: list[int]) -> Events:
    """Three events of one entity, and their labels, which arrive later as updates."""
    count, updates = len(TIME), len(labelled_at)
    return Events(
        pl.Series([*range(count), *range(updates)]),
        pl.Series(TIME + TIME[:updates]),
        {"customer": pl.Series(["c"] * (count + updates))},
        {
            AMOUNT: pl.Series(([1.0, 2.0, 3.0] * 2)[: count + updates]),
            LABEL: pl.Series([None] * count + [1.0] * updates, dtype=pl.Float64),
        },
        pl.Series(TIME + labelled_at),
    )


def affected(events: Events, reading: Reading, window: Window) -> list[int]:
    """The times from 0 to 99 at which a row sees anything else."""
    versions = find_versions(events)
    assert isinstance(versions, Versions)
    entity, time = np.zeros(len(events), dtype=np.int64), events.time.to_numpy()
    asked = timeline(np.zeros(100, dtype=np.int64), np.arange(100))
    lasting = timeline(np.where(versions.lasting, entity, -1), time)
    sight = versions.sight(entity, time, events.readings[reading])
    return asked.time[sight.affected(asked, lasting, window)].tolist()


def test_history_in_which_nothing_is_late_needs_no_versions() -> None:
    assert find_versions(table([])) is None


def test_an_update_of_a_label_changes_nothing_for_other_columns() -> None:
    assert affected(table([40, 50]), AMOUNT, (None, 0, False)) == []


def test_an_update_is_not_seen_until_it_arrives() -> None:
    assert affected(table([40]), LABEL, (None, 0, False)) == list(range(11, 40))


def test_what_comes_within_the_delay_is_on_time() -> None:
    assert affected(table([40]), LABEL, (None, 30, False)) == []
    assert affected(table([45]), LABEL, (None, 30, False)) == [41, 42, 43, 44]


def test_a_window_that_has_passed_misses_nothing() -> None:
    assert affected(table([40]), LABEL, (5, 0, False)) == [11, 12, 13, 14]

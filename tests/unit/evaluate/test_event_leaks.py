import numpy as np
import polars as pl

from keel.data.divide_events import divide_events
from keel.data.events import Events, Known
from keel.data.table import Column
from keel.evaluate.leakage.event_leaks import find_event_leaks
from keel.evaluate.leakage.finding import Severity
from keel.spec.kinds import Kind
from recommend_case import world
from recommend_tables import declared


def with_column(name: str, values: np.ndarray) -> Events:
    happened = world()
    frame = pl.DataFrame({"item": [str(i) for i in range(happened.items)], name: values})
    known = Known(frame, (Column(name, Kind.NUMBER),))
    ids = frame["item"]
    rows = np.arange(len(happened))
    return Events(happened, ids, ids, np.ones(len(rows), dtype=bool), rows, None, known, ())


def test_a_count_of_later_events_is_suspect() -> None:
    happened = world()
    split = divide_events(happened, declared(split={"test": 0.4}))
    later = happened.take(split.test).item_counts().astype(float)
    (found,) = find_event_leaks(with_column("watched", later), split)
    assert (found.severity, found.columns) == (Severity.SUSPECT, ("watched",))
    assert "count it before the cut" in found.advice


def test_honest_columns_and_counts_before_the_cut_are_not_accused() -> None:
    happened = world()
    split = divide_events(happened, declared(split={"test": 0.4}))
    before = happened.take(split.train).item_counts().astype(float)
    years = np.random.default_rng(0).integers(1950, 2000, happened.items).astype(float)
    assert find_event_leaks(with_column("watched", before), split) == ()
    assert find_event_leaks(with_column("year", years), split) == ()


def test_a_cut_at_random_through_time_is_noted() -> None:
    split = divide_events(world(), declared(split={"by": "random"}))
    years = np.zeros(world().items)
    (found,) = find_event_leaks(with_column("year", years), split)
    assert (found.kind, found.severity) == ("later events", Severity.NOTE)

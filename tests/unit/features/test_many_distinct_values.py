"""Windows with more distinct values than are told apart, in both engines."""

from pathlib import Path

import polars as pl
import pytest

from feature_agreement import check
from feature_histories import AMOUNT, CHANNEL, EACH, TABLE, History
from keel.backends.open_online import open_online
from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.features.offline import find_figures
from keel.features.online.online_features import OnlineFeatures
from keel.spec.aggregate import MOST_DISTINCT
from keel.spec.kinds import Kind

FREQUENT = [7, 7, 7, 3, 3]


def figure(name: str, reading: Reading, parameter: float | None, window: int | None) -> Figure:
    kind = Kind.CATEGORY if reading is CHANNEL else Kind.NUMBER
    text = f"{name} {reading.argument} {parameter} {window}"
    return Figure(name, reading, "customer", window, 0, kind, text, parameter)


def history() -> History:
    """Each value once, and some more often. Of the lifetime of the row at the end there is one
    value too many, of that of the row before it, and of its window, there are just as many as are
    told apart."""
    numbers = [*FREQUENT, *range(MOST_DISTINCT + 1)]
    count = len(numbers)
    events = Events(
        pl.Series(range(count)),
        pl.Series(range(count)),
        {"customer": pl.Series(["c"] * count)},
        {
            EACH: pl.Series([1.0] * count),
            AMOUNT: pl.Series(numbers, dtype=pl.Float64),
            CHANNEL: pl.Series([f"é{number}" for number in numbers]),
        },
    )
    rows = Rows(pl.Series([count, count - 1]), {"customer": pl.Series(["c", "c"])})
    figures = [
        figure(name, reading, parameter, window)
        for reading in (AMOUNT, CHANNEL)
        for window in (None, MOST_DISTINCT + 1)
        for name, parameter in (
            ("top_k", 3.0),
            ("distinct_count", float(MOST_DISTINCT)),
            ("distinct_count", 1e6),
            ("approx_distinct_count", None),
        )
    ]
    figures += [figure("quantile", AMOUNT, q, None) for q in (0.0, 0.01, 0.5, 0.99, 1.0)]
    return History(events, rows, tuple(figures))


@pytest.fixture(scope="module")
def asked() -> History:
    return history()


def test_offline(asked: History) -> None:
    found = find_figures(asked.figures, {TABLE: asked.events}, asked.rows)
    check(found, asked)
    assert found["top_k amount 3.0 None #1"].to_list() == [None, 7.0]
    assert found["top_k channel 3.0 None #2"].to_list() == [None, "é3"]
    assert found["distinct_count amount 1000000.0 None"].to_list() == [10_001.0, 10_000.0]


def test_online(asked: History, tmp_path: Path) -> None:
    store = open_online(f"sqlite:///{tmp_path / 'online.db'}")
    features = OnlineFeatures(store, "many", asked.figures)
    features.write(TABLE, asked.events, [b""] * len(asked.events))
    check(features.figures(asked.rows), asked)
    store.close()

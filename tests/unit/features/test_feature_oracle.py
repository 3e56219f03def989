"""The oracle itself, against figures worked out by hand."""

import polars as pl
import pytest
from hypothesis import given, settings

from feature_histories import AMOUNT, CHANNEL, EACH, ONLINE, History, histories, take
from feature_oracle import find_figures
from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.spec.kinds import Kind

KEYS = [1, 2, 3, 4, 5, 4]
TIMES = [10, 20, 20, 30, 40, 30]
"""Event 4 arrives late, and is corrected from 7 to 5 even later."""
ARRIVALS = [10, 20, 20, 45, 40, 60]
AMOUNTS = [1.0, 3.0, None, 7.0, 3.0, 5.0]
CHANNELS = ["online", "shop", "online", "", None, ""]
CUSTOMERS = ["c", "c", "c", "c", "d", "c"]


def table(arrivals: list[int] | None = ARRIVALS) -> Events:
    online = [1.0 if channel == "online" else None for channel in CHANNELS]
    return Events(
        pl.Series(KEYS),
        pl.Series(TIMES),
        {"customer": pl.Series(CUSTOMERS)},
        {
            EACH: pl.Series([1.0] * len(KEYS)),
            ONLINE: pl.Series(online, dtype=pl.Float64),
            AMOUNT: pl.Series(AMOUNTS, dtype=pl.Float64),
            CHANNEL: pl.Series(CHANNELS, dtype=pl.String),
        },
        None if arrivals is None else pl.Series(arrivals),
    )


def figure(
    name: str,
    reading: Reading,
    window: int | None = None,
    parameter: float | None = None,
    delay: int = 0,
    own: bool = False,
) -> Figure:
    kind = Kind.CATEGORY if reading is CHANNEL else Kind.NUMBER
    return Figure(name, reading, "customer", window, delay, kind, "it", parameter, own)


def asked(one: Figure, time: int, customer: str | None = "c", key: int = 9) -> list[object]:
    own = {EACH: 1.0, ONLINE: None, AMOUNT: 100.0, CHANNEL: "own"}
    rows = Rows(
        pl.Series([time]),
        {"customer": pl.Series([customer], dtype=pl.String)},
        pl.Series([key]),
        {reading: pl.Series([value]) for reading, value in own.items() if value is not None},
    )
    found = find_figures([one], table(), rows)
    return [found[column][0] for column in one.columns]


@pytest.mark.parametrize(
    ("name", "reading", "parameter", "at_50", "at_70"),
    [
        ("count", EACH, None, [4.0], [4.0]),
        ("count", ONLINE, None, [2.0], [2.0]),
        ("count", AMOUNT, None, [3.0], [3.0]),
        ("sum", AMOUNT, None, [11.0], [9.0]),
        ("mean", AMOUNT, None, [11 / 3], [3.0]),
        ("min", AMOUNT, None, [1.0], [1.0]),
        ("max", AMOUNT, None, [7.0], [5.0]),
        ("var", AMOUNT, None, [28 / 3], [4.0]),
        ("std", AMOUNT, None, [(28 / 3) ** 0.5], [2.0]),
        ("first", AMOUNT, None, [1.0], [1.0]),
        ("last", AMOUNT, None, [7.0], [5.0]),
        ("last_n", AMOUNT, 4.0, [7.0, 3.0, 1.0, None], [5.0, 3.0, 1.0, None]),
        ("since_last", EACH, None, [20e-6], [40e-6]),
        ("since_last", ONLINE, None, [30e-6], [50e-6]),
        ("distinct_count", CHANNEL, 10_000.0, [3.0], [3.0]),
        ("distinct_count", CHANNEL, 2.0, [2.0], [2.0]),
        ("approx_distinct_count", AMOUNT, None, [3.0], [3.0]),
        ("quantile", AMOUNT, 0.5, [3.0], [3.0]),
        ("quantile", AMOUNT, 0.99, [3.0], [3.0]),
        ("top_k", CHANNEL, 3.0, ["online", "", "shop"], ["online", "", "shop"]),
        ("as_of", AMOUNT, None, [7.0], [5.0]),
    ],
)
def test_each_aggregate_of_a_lifetime(
    name: str, reading: Reading, parameter: float | None, at_50: list, at_70: list
) -> None:
    one = figure(name, reading, None, parameter)
    assert asked(one, 50) == pytest.approx(at_50)
    assert asked(one, 70) == pytest.approx(at_70)


def test_a_window_is_open_at_both_edges() -> None:
    count = figure("count", EACH, window=20)
    assert [asked(count, time) for time in (10, 11, 20, 21, 30, 31, 40)] == [
        [0.0],
        [1.0],
        [1.0],
        [3.0],
        [2.0],
        [2.0],
        [0.0],
    ]


def test_a_delayed_window_lies_earlier() -> None:
    count = figure("count", EACH, window=20, delay=5)
    assert [asked(count, time) for time in (15, 16, 35)] == [[0.0], [1.0], [2.0]]


def test_the_value_as_of_a_time_is_that_of_this_very_time_even_if_missing() -> None:
    one = figure("as_of", AMOUNT)
    assert [asked(one, time) for time in (9, 10, 19, 20)] == [[None], [1.0], [1.0], [None]]
    delayed = figure("as_of", AMOUNT, delay=1)
    assert [asked(delayed, time) for time in (10, 11)] == [[None], [1.0]]


def test_the_own_event_counts_once() -> None:
    total = figure("sum", AMOUNT, window=25, own=True)
    assert asked(total, 30, key=9) == [104.0]
    assert asked(total, 30, key=2) == [4.0]
    assert asked(total, 5) == [100.0]
    assert asked(total, 30, customer=None) == [None]


@pytest.mark.parametrize("customer", [None, "never"])
def test_an_entity_that_was_never_seen_has_no_events(customer: str | None) -> None:
    assert asked(figure("count", EACH), 50, customer) == [0.0]
    assert asked(figure("sum", AMOUNT), 50, customer) == [None]


def test_without_arrivals_the_later_row_of_a_key_counts() -> None:
    rows = Rows(pl.Series([31]), {"customer": pl.Series(["c"])})
    last = figure("last", AMOUNT)
    assert find_figures([last], table(None), rows) == {"it": [5.0]}
    assert find_figures([last], take(table(None), [5, 3]), rows) == {"it": [7.0]}


@settings(max_examples=200, derandomize=True)
@given(histories("count"))
def test_histories_are_answered_whatever_is_in_them(history: History) -> None:
    found = find_figures(history.figures, history.events, history.rows)
    assert all(len(column) == len(history.rows) for column in found.values())
    assert "count" in repr(history)

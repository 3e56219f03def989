"""Figures for many rows at once are those of the oracle."""

import polars as pl
from hypothesis import given, settings

from feature_agreement import check
from feature_histories import AMOUNT, CHANNEL, EACH, TABLE, History, histories
from keel.features.events import Events, Rows
from keel.features.figure import AS_OF, Figure, Reading
from keel.features.offline import find_figures
from keel.features.windows import late, scene
from keel.spec.aggregate import NAMES
from keel.spec.kinds import Kind

NOTHING = pl.Series([], dtype=pl.String)


@settings(max_examples=120)
@given(histories(*NAMES, AS_OF))
def test_all_aggregates_are_those_of_the_oracle(history: History) -> None:
    check(find_figures(history.figures, {TABLE: history.events}, history.rows), history)


@settings(max_examples=60)
@given(histories("mean", "last", "quantile", "max", "distinct_count", "top_k"))
def test_rows_and_late_events_are_worked_through_in_parts(history: History) -> None:
    most, block = late.MOST_PAIRS, scene.BLOCK
    late.MOST_PAIRS, scene.BLOCK = 5, 3
    try:
        check(find_figures(history.figures, {TABLE: history.events}, history.rows), history)
    finally:
        late.MOST_PAIRS, scene.BLOCK = most, block


def figure(name: str, reading: Reading, kind: Kind, parameter: float | None = None) -> Figure:
    return Figure(name, reading, "customer", 10, 0, kind, f"{name} it", parameter)


def test_no_events_and_no_rows_have_figures_of_the_right_types() -> None:
    asked = [
        figure("count", EACH, Kind.NUMBER),
        figure("max", AMOUNT, Kind.NUMBER),
        figure("last", CHANNEL, Kind.CATEGORY),
        figure("top_k", CHANNEL, Kind.CATEGORY, 2),
        figure("quantile", AMOUNT, Kind.NUMBER, 0.5),
    ]
    time = pl.Series([], dtype=pl.Int64)
    readings = {AMOUNT: NOTHING.cast(pl.Float64), CHANNEL: NOTHING}
    nothing = Events(NOTHING, time, {"customer": NOTHING}, readings)
    for times, customers in (([], NOTHING), ([5], pl.Series(["c"]))):
        rows = Rows(pl.Series(times, dtype=pl.Int64), {"customer": customers})
        found = find_figures(asked, {TABLE: nothing}, rows)
        assert [series.dtype for series in found.values()] == [
            pl.Float64,
            pl.Float64,
            pl.String,
            pl.String,
            pl.String,
            pl.Float64,
        ]
        assert [series.to_list() for series in found.values()] == [
            [0.0] * len(times),
            *[[None] * len(times)] * 5,
        ]


def test_columns_come_in_the_order_of_the_figures_and_values_in_that_of_the_rows() -> None:
    events = Events(
        pl.Series([1, 2, 3]),
        pl.Series([10, 12, 11]),
        {"customer": pl.Series(["a", "b", "a"]), "shop": pl.Series(["x", "x", "x"])},
        {AMOUNT: pl.Series([1.0, 2.0, 4.0]), CHANNEL: pl.Series(["p", "q", "r"])},
    )
    rows = Rows(
        pl.Series([15, 14, 12]),
        {"customer": pl.Series(["b", "a", "a"]), "shop": pl.Series(["x", None, "x"])},
    )
    figures = [
        Figure("sum", AMOUNT, "shop", None, 0, Kind.NUMBER, "by shop"),
        Figure("last_n", CHANNEL, "customer", None, 0, Kind.CATEGORY, "channels", 2.0),
        Figure("sum", AMOUNT, "customer", None, 0, Kind.NUMBER, "by customer"),
    ]
    found = find_figures(figures, {TABLE: events}, rows)
    assert {name: series.to_list() for name, series in found.items()} == {
        "by shop": [7.0, None, 5.0],
        "channels #1": ["q", "r", "r"],
        "channels #2": [None, "p", "p"],
        "by customer": [2.0, 5.0, 5.0],
    }

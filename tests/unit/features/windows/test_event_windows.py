"""Every figure of a window equals what the plainest Python makes of the same events."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.features.windows import timeline as timelines
from keel.features.windows.ends import NONE, since_last, window_first, window_last
from keel.features.windows.extremes import window_max, window_min
from keel.features.windows.sums import (
    sum_up,
    window_count,
    window_mean,
    window_sum,
    window_variance,
)
from keel.features.windows.timeline import Spans, Timeline, open_spans, timeline

CASES = 1_000
SECOND = 1_000_000


@dataclass(frozen=True)
class Event:
    entity: int
    time: int
    key: int
    value: float


@dataclass(frozen=True)
class Case:
    events: list[Event]
    asked: list[tuple[int, int]]
    window: int | None
    delay: int


VALUES = st.one_of(
    st.just(math.nan),
    st.integers(-5, 5).map(float),
    st.floats(-1e3, 1e3).map(lambda x: 1e9 + x),
    st.floats(-1e6, 1e6),
)
TIMES = st.integers(0, 12)
EVENTS = st.builds(Event, st.integers(0, 2), TIMES, st.integers(0, 1_000), VALUES)
CASE = st.builds(
    Case,
    st.lists(EVENTS, max_size=25, unique_by=lambda event: event.key),
    st.lists(st.tuples(st.integers(-1, 3), st.integers(-2, 16)), min_size=1, max_size=8),
    st.one_of(st.none(), st.integers(1, 10)),
    st.integers(0, 4),
)


def laid_out(case: Case) -> tuple[Timeline, Spans]:
    events = case.events
    line = timeline(
        np.array([e.entity for e in events], dtype=np.int64),
        np.array([e.time for e in events], dtype=np.int64),
        np.array([e.key for e in events], dtype=np.int64),
    )
    entity = np.array([entity for entity, _ in case.asked], dtype=np.int64)
    time = np.array([time for _, time in case.asked], dtype=np.int64)
    return line, open_spans(line, entity, time, case.window, case.delay)


def values_of(case: Case) -> np.ndarray:
    return np.array([event.value for event in case.events], dtype=np.float64)


def seen(case: Case) -> list[list[Event]]:
    """The oracle: for each question the events in its window, the oldest first."""
    found = []
    for entity, time in case.asked:
        until = time - case.delay
        inside = [
            event
            for event in case.events
            if event.entity == entity
            and event.time < until
            and (case.window is None or event.time > until - case.window)
        ]
        found.append(sorted(inside, key=lambda event: (event.time, event.key)))
    return found


def known(events: Sequence[Event]) -> list[float]:
    return [event.value for event in events if math.isfinite(event.value)]


def agree(found: np.ndarray, wanted: Sequence[float], case: Case, *, rel: float = 1e-9) -> None:
    for ours, theirs in zip(found.tolist(), wanted, strict=True):
        assert math.isnan(ours) == math.isnan(theirs), case
        if not math.isnan(theirs):
            assert ours == pytest.approx(theirs, rel=rel, abs=1e-12), case


@settings(max_examples=CASES)
@given(CASE)
def test_counts_are_exact(case: Case) -> None:
    line, spans = laid_out(case)
    assert spans.size.tolist() == [len(events) for events in seen(case)]
    sums = sum_up(line, values_of(case), squares=False)
    assert window_count(sums, spans).tolist() == [len(known(events)) for events in seen(case)]


@settings(max_examples=CASES)
@given(CASE)
def test_sums_and_means_keep_their_digits(case: Case) -> None:
    line, spans = laid_out(case)
    sums = sum_up(line, values_of(case), squares=False)

    def exact(events: Sequence[Event]) -> Fraction | None:
        held = known(events)
        return sum(map(Fraction, held), Fraction()) if held else None

    totals = [exact(events) for events in seen(case)]
    counts = [len(known(events)) for events in seen(case)]
    means = [
        math.nan if total is None else float(total / count)
        for total, count in zip(totals, counts, strict=True)
    ]
    scale = max((abs(v) for v in known(case.events)), default=0.0)
    found = window_sum(sums, spans)
    for ours, total in zip(found.tolist(), totals, strict=True):
        assert math.isnan(ours) == (total is None)
        if total is not None:
            assert abs(ours - float(total)) <= 1e-9 * max(abs(float(total)), 1e-6 * scale)
    for ours, mean in zip(window_mean(sums, spans).tolist(), means, strict=True):
        assert math.isnan(ours) == math.isnan(mean)
        if not math.isnan(mean):
            assert abs(ours - mean) <= 1e-9 * max(abs(mean), 1e-6 * scale)


@settings(max_examples=CASES)
@given(CASE)
def test_variances_keep_their_digits(case: Case) -> None:
    line, spans = laid_out(case)
    found = window_variance(sum_up(line, values_of(case), squares=True), spans)
    for ours, events in zip(found.tolist(), seen(case), strict=True):
        held = known(events)
        assert math.isnan(ours) == (len(held) < 2)
        if len(held) > 1:
            wanted = float(statistics.variance(map(Fraction, held)))
            strays = max(abs(v - held[0]) for v in known(case.events))
            assert abs(ours - wanted) <= 1e-9 * wanted + 1e-15 * strays**2


@settings(max_examples=CASES)
@given(CASE)
@pytest.mark.parametrize(("ours", "theirs"), [(window_max, max), (window_min, min)])
def test_extremes_are_exact(
    ours: Callable[..., np.ndarray], theirs: Callable[..., float], case: Case
) -> None:
    line, spans = laid_out(case)
    wanted = [theirs(known(events), default=math.nan) for events in seen(case)]
    agree(ours(line, values_of(case), spans), wanted, case, rel=0)


@settings(max_examples=CASES)
@given(CASE)
@pytest.mark.parametrize(("ours", "end"), [(window_last, -1), (window_first, 0)])
def test_the_ends_of_a_window_are_its_rows_by_time_and_key(
    ours: Callable[..., np.ndarray], end: int, case: Case
) -> None:
    line, spans = laid_out(case)
    rows = ours(line, np.isfinite(values_of(case)), spans).tolist()
    for row, events in zip(rows, seen(case), strict=True):
        held = [event for event in events if math.isfinite(event.value)]
        assert row == (case.events.index(held[end]) if held else NONE)


@settings(max_examples=CASES)
@given(CASE)
def test_time_passes_from_the_last_event(case: Case) -> None:
    line, spans = laid_out(case)
    time = np.array([time for _, time in case.asked], dtype=np.int64)
    wanted = [
        (asked - events[-1].time) / SECOND if events else math.nan
        for (_, asked), events in zip(case.asked, seen(case), strict=True)
    ]
    agree(since_last(line, time, spans), wanted, case)


def test_a_spread_of_large_numbers_is_not_lost() -> None:
    """Running moments in double precision give 0.0 here."""
    values = 1e9 + np.array([0.1, 0.9, 1.7, 0.3, 1.1])
    events = [Event(0, time, time, value) for time, value in enumerate(values)]
    case = Case(events, [(0, 5)], None, 0)
    line, spans = laid_out(case)
    found = window_variance(sum_up(line, values, squares=True), spans)
    assert found[0] == pytest.approx(float(statistics.variance(map(Fraction, values))), rel=1e-9)


@settings(max_examples=200)
@given(CASE)
def test_times_too_many_for_one_line_are_found_by_their_rank(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timelines, "MOST_PLACES", 1)
        line, spans = laid_out(case)
    assert line.clock.moments is not None or not case.events
    assert spans.size.tolist() == [len(events) for events in seen(case)]

"""Windows on the line of all entities hold the events strictly between their edges."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.features.windows import timeline as timelines
from keel.features.windows.timeline import find_spans, timeline

EVENTS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-6, 12)), max_size=25)
ASKED = st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 16)), min_size=1, max_size=8)


@pytest.mark.parametrize("most", [2**62, 250, 1])
@settings(max_examples=150)
@given(EVENTS, ASKED, st.none() | st.integers(1, 10), st.integers(0, 4), st.sampled_from([1, 7]))
def test_spans_hold_what_lies_between_their_edges(
    most: int,
    events: list[tuple[int, int]],
    asked: list[tuple[int, int]],
    window: int | None,
    delay: int,
    tick: int,
) -> None:
    """Whether ticks are microseconds, longer, or ranks of times."""
    entity, time = (np.array(part, dtype=np.int64) for part in zip(*[(0, 0), *events], strict=True))
    time, key = time * tick, pl.Series(range(len(time), 0, -1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timelines, "MOST_PLACES", most)
        line = timeline(entity, time, key)
        whose, when = (np.array(part, dtype=np.int64) for part in zip(*asked, strict=True))
        spans = find_spans(line, whose, when, (window, delay, False))
        closed = find_spans(line, whose, when, (None, delay, True))
    assert np.all(np.diff(line.place) >= 0)
    for i, (who, at) in enumerate(asked):
        until = at - delay
        begin = -np.inf if window is None else until - window
        own = sorted(np.flatnonzero(entity == who).tolist(), key=lambda row: (time[row], key[row]))
        inside = [row for row in own if begin < time[row] < until]
        assert line.order[spans.left[i] : spans.right[i]].tolist() == inside
        upto = [row for row in own if time[row] <= until]
        assert line.order[closed.left[i] : closed.right[i]].tolist() == upto


def test_more_entities_than_sixteen_bits_count_are_in_order() -> None:
    entity = np.random.default_rng(0).permutation(200_000) // 2
    line = timeline(entity, np.zeros(200_000, dtype=np.int64))
    assert np.array_equal(line.entity, np.repeat(np.arange(100_000), 2))
    assert np.all(np.diff(line.order.reshape(-1, 2)) > 0)

"""Extremes, places in order, distinct and frequent values of windows, against plain Python."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.features.windows.distinct import Occurrences
from keel.features.windows.extremes import Extremes
from keel.features.windows.frequent import NONE, most_frequent
from keel.features.windows.ranks import Ranks
from keel.features.windows.timeline import Spans

LINES = st.lists(st.integers(0, 6), max_size=40)
EDGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=12)
OWN = st.lists(st.integers(NONE, 6), min_size=12, max_size=12)


def rising(edges: list[tuple[int, int]], count: int) -> Spans:
    left, right = (np.sort(np.minimum(part, count)) for part in zip(*edges, strict=True))
    return Spans(np.minimum(left, right), right)


def windows(line: list[int], spans: Spans) -> list[list[int]]:
    return [line[left:right] for left, right in zip(spans.left, spans.right, strict=True)]


@settings(max_examples=300)
@given(LINES, EDGES)
def test_the_greatest_of_windows(line: list[int], edges: list[tuple[int, int]]) -> None:
    spans = rising(edges, len(line))
    found = Extremes(np.array(line, dtype=np.float64)).greatest(spans)
    wanted = [max(held, default=np.nan) for held in windows(line, spans)]
    assert np.array_equal(found, wanted, equal_nan=True)


@settings(max_examples=300)
@given(LINES, EDGES, OWN)
def test_distinct_values_of_windows(
    line: list[int], edges: list[tuple[int, int]], own: list[int]
) -> None:
    spans = rising(edges, len(line))
    occurrences = Occurrences(np.array(line, dtype=np.int64))
    held = windows(line, spans)
    assert occurrences.count_distinct(spans).tolist() == [len(set(values)) for values in held]
    asked = np.maximum(own[: len(held)], 0)
    wanted = [code in values for code, values in zip(asked, held, strict=True)]
    assert occurrences.holds(spans, asked).tolist() == wanted


@settings(max_examples=300)
@given(LINES, EDGES, st.lists(st.integers(0, 40), min_size=12, max_size=12))
def test_places_in_the_order_of_windows(
    line: list[int], edges: list[tuple[int, int]], drawn: list[int]
) -> None:
    spans = rising(edges, len(line))
    ranks = Ranks(np.array(line, dtype=np.int64), 7)
    asked = np.array(drawn[: len(edges)])
    found = ranks.at(spans, asked).tolist()
    below = ranks.below(spans, asked % 7).tolist()
    for i, held in enumerate(windows(line, spans)):
        assert not held or found[i] == sorted(held)[min(drawn[i], len(held) - 1)]
        assert below[i] == sum(code < drawn[i] % 7 for code in held)


@settings(max_examples=300)
@given(LINES, EDGES, OWN, st.integers(1, 4), st.integers(1, 7))
def test_frequent_values_of_windows(
    line: list[int], edges: list[tuple[int, int]], own: list[int], many: int, most: int
) -> None:
    spans = rising(edges, len(line))
    asked = np.array(own[: len(edges)])
    found = most_frequent(np.array(line, dtype=np.int64), spans, many, asked, most)
    for row, more, held in zip(found.tolist(), asked.tolist(), windows(line, spans), strict=True):
        counts = Counter(held + [more] * (more != NONE))
        wanted = sorted(counts, key=lambda code: (-counts[code], code))[:many]
        wanted = wanted if len(counts) <= most else []
        assert row == wanted + [NONE] * (many - len(wanted))

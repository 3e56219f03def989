"""Variances keep their digits, whatever all values share and wherever the odd one is."""

import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.features.windows.spread import Spread
from keel.features.windows.sums import sum_up, window_sum
from keel.features.windows.timeline import Spans

VALUES = st.one_of(
    st.integers(-3, 3).map(float),
    st.integers(0, 50).map(lambda n: 1e9 + n / 1e6),
    st.sampled_from([0.0, 1e12, 1e-6, 2.0**53]),
)
EDGES = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)


@settings(max_examples=600)
@given(st.lists(VALUES, min_size=1, max_size=30), EDGES, VALUES, st.booleans(), st.floats(0, 1))
def test_variances_and_sums_keep_their_digits(
    values: list[float], edges: list[int], own: float, counted: bool, middle: float
) -> None:
    left, right = (min(edge, len(values)) for edge in edges)
    held = list(map(Fraction, values[left:right])) + ([Fraction(own)] if counted else [])
    spans = Spans(np.array([left]), np.array([right]))
    line = np.array(values)
    anchor = line[int(middle * (len(values) - 1))]
    spread = Spread(line, np.full(len(line), anchor))
    [found] = spread.variance(spans, np.array([own]), np.array([counted]))
    if len(held) > 1:
        assert found == pytest.approx(float(statistics.variance(held)), rel=1e-9, abs=0)
    else:
        assert np.isnan(found)
    [total] = window_sum(sum_up(line), spans, np.array([own if counted else 0.0]))
    slip = 2.0**-96 * float(np.abs(line).sum())
    assert total == pytest.approx(float(sum(held, Fraction())), rel=1e-12, abs=slip)


def test_a_spread_of_large_numbers_is_not_lost() -> None:
    """Running moments in double precision give 0.0 here."""
    values = 1e9 + np.array([0.1, 0.9, 1.7, 0.3, 1.1])
    spans = Spans(np.array([0]), np.array([5]))
    wanted = float(statistics.variance(map(Fraction, values.tolist())))
    for anchor in (0.0, 1e9, 1.7e9):
        spread = Spread(values, np.full(5, anchor))
        [found] = spread.variance(spans, np.zeros(1), np.zeros(1, dtype=np.bool_))
        assert found == pytest.approx(wanted, rel=1e-9)


def test_a_level_far_from_the_rest_of_a_long_line_keeps_its_digits() -> None:
    chance = np.random.default_rng(0)
    values = np.concatenate([chance.normal(0, 1, 50_000), 1e9 + chance.normal(0, 1e-3, 50_000)])
    spans = Spans(np.array([60_000, 99_990]), np.array([60_500, 100_000]))
    spread = Spread(values, np.zeros(len(values)))
    found = spread.variance(spans, np.zeros(2), np.zeros(2, dtype=np.bool_))
    for one, begin, end in zip(found, spans.left, spans.right, strict=True):
        wanted = float(statistics.variance(map(Fraction, values[begin:end].tolist())))
        assert one == pytest.approx(wanted, rel=1e-9)

"""Sums over windows, from sums of all that came before."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from keel.features.windows.timeline import Spans, Timeline

Floats = NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)
Exact = np.longdouble
"""Where it is no wider than a double, anchors alone keep what sums of large numbers lose."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Of n values in the order of a timeline: how many are known, their sums and those of their
    squares around the anchor of their entity, before each event. anchor: [n + 1]."""

    count: NDArray[np.int64]
    first: NDArray[np.longdouble]
    second: NDArray[np.longdouble] | None
    anchor: Floats


def sum_up(events: Timeline, values: Floats, *, squares: bool) -> Sums:
    """values: [n] in the order of the table, NaN where nothing is known.

    Each entity is summed around its first known value: what all its values share, be it 1e9, then
    costs no digits of how they differ.
    """
    held = values[events.order]
    known = np.isfinite(held)
    anchor = _anchors(events, held, known)
    away = np.where(known, held - anchor, 0.0).astype(Exact)
    return Sums(
        _before(known.astype(np.int64)),
        _before(away),
        _before(away * away) if squares else None,
        np.append(anchor, 0.0),
    )


def window_count(sums: Sums, spans: Spans) -> NDArray[np.int64]:
    """[q] known values."""
    return sums.count[spans.right] - sums.count[spans.left]


def window_sum(sums: Sums, spans: Spans) -> Floats:
    """[q] NaN where nothing is known."""
    count = window_count(sums, spans)
    away = sums.first[spans.right] - sums.first[spans.left]
    total = away + count * sums.anchor[spans.left].astype(Exact)
    return np.where(count > 0, total, np.nan).astype(np.float64)


def window_mean(sums: Sums, spans: Spans) -> Floats:
    """[q] NaN where nothing is known."""
    count = window_count(sums, spans)
    away = sums.first[spans.right] - sums.first[spans.left]
    mean = away / np.maximum(count, 1) + sums.anchor[spans.left]
    return np.where(count > 0, mean, np.nan).astype(np.float64)


def window_variance(sums: Sums, spans: Spans) -> Floats:
    """[q] of a sample (n - 1), NaN below two known values."""
    if sums.second is None:
        raise ValueError("squares were not summed")
    count = window_count(sums, spans)
    away = sums.first[spans.right] - sums.first[spans.left]
    square = sums.second[spans.right] - sums.second[spans.left]
    spread = square - away * away / np.maximum(count, 1)
    variance = np.maximum(spread, 0) / np.maximum(count - 1, 1)
    return np.where(count > 1, variance, np.nan).astype(np.float64)


def _anchors(events: Timeline, held: Floats, known: NDArray[np.bool_]) -> Floats:
    """[n] the first known value of each event's entity, 0 where none is."""
    if not len(held):
        return held.copy()
    starts = np.flatnonzero(np.diff(events.entity, prepend=events.entity[0] - 1))
    place = np.where(known, np.arange(len(held)), len(held))
    first = np.minimum.reduceat(place, starts)
    value = np.append(held, 0.0)[first]
    return np.repeat(value, np.diff(starts, append=len(held)))


def _before(values: NDArray[Number]) -> NDArray[Number]:
    sums = np.zeros(len(values) + 1, dtype=values.dtype)
    np.cumsum(values, out=sums[1:])
    return sums

"""Variances over windows that keep their digits, whatever all values share."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keel.features.windows.sums import Sums, sum_up, window_sum
from keel.features.windows.timeline import Codes, Floats, Spans, Truths

_NEAR = 1e-4
"""Of sums of squares, as much as a spread must be for it to be their difference."""
_CLEAR = 1e10
_WHOLE = 2.0**53
_EXACT = 1e-3
"""Where sums of whole numbers are off by less in principle, they are not off at all."""


@dataclass(frozen=True, eq=False)
class Moments:
    """How many values there are, their mean as a sum of two doubles, and their squares around it
    summed up."""

    count: Floats
    mean: Floats
    rest: Floats
    squares: Floats

    def take(self, at: Codes | slice) -> "Moments":
        """Those at these places."""
        return Moments(self.count[at], self.mean[at], self.rest[at], self.squares[at])


@dataclass(frozen=True, eq=False)
class Spread:
    """values: [n], finite. anchor: [n] a value of the same entity."""

    values: Floats
    anchor: Floats

    def variance(self, spans: Spans, own: Floats, counted: Truths) -> Floats:
        """[q] of a sample (n - 1), NaN below two values. own: [q] counts too where `counted`.

        Sums of squares around an anchor tell it where values lie about as far from the anchor as
        from each other. Elsewhere it is put together from the moments of stretches, in a way that
        takes no difference of large numbers: slower, and always exact to the last few digits.
        """
        squares, count, sure = self._around_anchor(spans, own, counted)
        doubtful = np.flatnonzero(~sure)
        if len(doubtful):
            some = Spans(spans.left[doubtful], spans.right[doubtful])
            squares[doubtful] = self._merged(some, own[doubtful], counted[doubtful])
        return np.where(count > 1, squares / np.maximum(count - 1, 1), np.nan)

    def _around_anchor(
        self, spans: Spans, own: Floats, counted: Truths
    ) -> tuple[Floats, Floats, Truths]:
        """[q] squares around the mean, how many values, and whether the squares are right."""
        first, second, whole = self._sums
        count = (spans.size + counted).astype(np.float64)
        anchor = np.append(self.anchor, 0.0)[spans.left]
        away = np.where(counted, own - anchor, 0.0)
        total = window_sum(first, spans, away)
        square = window_sum(second, spans, away * away)
        spread = square - total * total / np.maximum(count, 1)
        slip = second.slip + 2 * np.abs(total) * first.slip / np.maximum(count, 1)
        sure = (spread >= _NEAR * square) & (spread >= _CLEAR * slip)
        if whole:
            exact = (count * square < _WHOLE) & (first.slip + second.slip < _EXACT)
            spread = np.where(
                exact, (count * square - total * total) / np.maximum(count, 1), spread
            )
            sure |= exact & (away == np.rint(away))
        return spread, count, sure | (count < 2)

    def _merged(self, spans: Spans, own: Floats, counted: Truths) -> Floats:
        """[q] squares around the mean, from the moments of stretches that lie in a window."""
        none = np.zeros(len(own))
        found = Moments(none, none.copy(), none.copy(), none.copy())
        left, right = spans.left.copy(), spans.right.copy()
        for level in self._levels:
            if not np.any(left < right):
                break
            for side, odd in ((left, left & 1), (right, right & 1)):
                at = np.flatnonzero((left < right) & (odd == 1))
                node = side[at] if side is left else side[at] - 1
                _put(found, at, _merge(found.take(at), level.take(node)))
                side[at] += 1 if side is left else -1
            left >>= 1
            right >>= 1
        at = np.flatnonzero(counted)
        alone = np.zeros(len(at))
        one = Moments(alone + 1, own[at], alone, alone)
        _put(found, at, _merge(found.take(at), one))
        return found.squares

    @cached_property
    def _sums(self) -> tuple[Sums, Sums, bool]:
        away = self.values - self.anchor
        whole = bool(np.all(away == np.rint(away)))
        return sum_up(away), sum_up(away * away), whole

    @cached_property
    def _levels(self) -> list[Moments]:
        """[k] the moments of each 2^k values that follow each other."""
        none = np.zeros(len(self.values))
        levels = [Moments(none + 1, self.values, none, none)]
        while len(levels[-1].count) > 1:
            below = levels[-1]
            even = len(below.count) // 2 * 2
            merged = _merge(below.take(slice(0, even, 2)), below.take(slice(1, even, 2)))
            if even < len(below.count):
                last = below.take(slice(even, None))
                merged = Moments(
                    np.append(merged.count, last.count),
                    np.append(merged.mean, last.mean),
                    np.append(merged.rest, last.rest),
                    np.append(merged.squares, last.squares),
                )
            levels.append(merged)
        return levels


def _merge(one: Moments, other: Moments) -> Moments:
    """The moments of both.

    Source: Chan, Golub and LeVeque 1983, Algorithms for computing the sample variance, equation
    2.1; means are sums of two doubles, without which their difference would lose what large means
    share.
    """
    count = one.count + other.count
    apart = (other.mean - one.mean) + (other.rest - one.rest)
    share = other.count / np.maximum(count, 1)
    squares = one.squares + other.squares + apart * apart * one.count * share
    step = one.rest + apart * share
    mean = one.mean + step
    added = mean - one.mean
    rest = (one.mean - (mean - added)) + (step - added)
    fresh = one.count == 0
    return Moments(
        count,
        np.where(fresh, other.mean, mean),
        np.where(fresh, other.rest, rest),
        np.where(fresh, other.squares, squares),
    )


def _put(into: Moments, at: Codes, moments: Moments) -> None:
    into.count[at] = moments.count
    into.mean[at] = moments.mean
    into.rest[at] = moments.rest
    into.squares[at] = moments.squares

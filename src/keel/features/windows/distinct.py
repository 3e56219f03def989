"""How many distinct values windows hold."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keel.features.windows.timeline import Codes, Spans, Truths


@dataclass(frozen=True, eq=False)
class Occurrences:
    """codes: [k] of the values along a line, none below 0."""

    codes: Codes

    def count_distinct(self, spans: Spans) -> Codes:
        """[q] of spans whose edges both rise.

        A value is counted where it occurs last: an event counts for the questions, which follow
        each other, from the first that sees it up to the first that sees its value once more or
        that it has left.
        """
        asked = len(spans.left)
        if not asked:
            return np.zeros(0, dtype=np.int64)
        first, last = int(spans.left[0]), int(spans.right[-1])
        places = np.arange(first, last)
        seen = np.append(np.searchsorted(spans.right, places, side="right"), asked)
        left = np.searchsorted(spans.left, places, side="right")
        following = np.minimum(self._next[first:last], last) - first
        begin, end = seen[:-1], np.minimum(left, seen[following])
        counted = begin < end
        more = np.bincount(begin[counted], minlength=asked + 1)
        less = np.bincount(end[counted], minlength=asked + 1)
        return np.cumsum(more - less)[:-1]

    def holds(self, spans: Spans, codes: Codes) -> Truths:
        """[q] whether the value with the code of each question is in its window."""
        turn = len(self.codes) + 1
        places = (self.codes * turn + np.arange(len(self.codes)))[self._by_code]
        found = np.searchsorted(places, codes * turn + spans.right) - 1
        latest = np.append(places, -1)[found]
        return latest >= codes * turn + spans.left

    @cached_property
    def _by_code(self) -> Codes:
        return np.argsort(self.codes, kind="stable")

    @cached_property
    def _next(self) -> Codes:
        """[k] the place where the value of each occurs next, k where it never does."""
        order, count = self._by_code, len(self.codes)
        following = np.full(count, count, dtype=np.int64)
        same = self.codes[order[1:]] == self.codes[order[:-1]]
        following[order[:-1][same]] = order[1:][same]
        return following

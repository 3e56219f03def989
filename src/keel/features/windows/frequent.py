"""The most frequent values of windows that slide along a line."""

from bisect import bisect_left, insort

import numpy as np

from keel.features.windows.timeline import Codes, Spans

NONE = -1


def most_frequent(codes: Codes, spans: Spans, many: int, own: Codes, most: int) -> Codes:
    """[q, many] of each window the codes that occur most, of equal counts the lesser first; `NONE`
    where there are fewer, and everywhere in a window of more than `most` distinct ones.

    codes: [k] along the line. spans: both edges rise. own: [q] one more for each, `NONE` for none.
    """
    found = np.full((len(spans.left), many), NONE, dtype=np.int64)
    held = codes.tolist()
    bag = _Bag()
    begin = end = 0
    edges = zip(spans.left.tolist(), spans.right.tolist(), own.tolist(), strict=True)
    for row, (left, right, more) in enumerate(edges):
        if left >= end:
            bag, begin, end = _Bag(), left, left
        for code in held[end:right]:
            bag.add(code)
        for code in held[begin:left]:
            bag.remove(code)
        begin, end = left, max(end, right)
        if more != NONE:
            bag.add(more)
        if len(bag.ranking) <= most:
            first = [code for _, code in bag.ranking[:many]]
            found[row, : len(first)] = first
        if more != NONE:
            bag.remove(more)
    return found


class _Bag:
    """Codes with their counts; `ranking`: (-count, code), the most frequent first."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.ranking: list[tuple[int, int]] = []

    def add(self, code: int) -> None:
        """One more of it."""
        self._move(code, self._counts.get(code, 0), 1)

    def remove(self, code: int) -> None:
        """One less of it."""
        self._move(code, self._counts[code], -1)

    def _move(self, code: int, count: int, step: int) -> None:
        if count:
            self.ranking.pop(bisect_left(self.ranking, (-count, code)))
        if count + step:
            insort(self.ranking, (-count - step, code))
            self._counts[code] = count + step
        else:
            del self._counts[code]

"""Which value is at a place of the sorted values of a window."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keel.features.windows.timeline import Codes, Spans


@dataclass(frozen=True, eq=False)
class Ranks:
    """codes: [k] from 0 up to below `distinct`.

    Source: the wavelet matrix of Claude, Navarro and Ordóñez 2015, section 4.
    """

    codes: Codes
    distinct: int

    def at(self, spans: Spans, place: Codes) -> Codes:
        """[q] the code at each place, from 0 on, of the sorted codes of each window; of nothing
        any code. Places outside of a window are taken for its nearest."""
        left, right = spans.left, spans.right
        place = np.clip(place, 0, np.maximum(spans.size - 1, 0))
        found = np.zeros(len(left), dtype=np.int64)
        for bit, ones, zeros in self._bits:
            low, high = left - ones[left], right - ones[right]
            upper = place >= high - low
            place = np.where(upper, place - (high - low), place)
            left = np.where(upper, zeros + ones[left], low)
            right = np.where(upper, zeros + ones[right], high)
            found |= upper.astype(np.int64) << bit
        return np.minimum(found, max(self.distinct - 1, 0))

    def below(self, spans: Spans, codes: Codes) -> Codes:
        """[q] how many codes of each window are less than that of the question."""
        left, right = spans.left, spans.right
        found = np.zeros(len(left), dtype=np.int64)
        for bit, ones, zeros in self._bits:
            low, high = left - ones[left], right - ones[right]
            upper = (codes >> bit) & 1 == 1
            found += np.where(upper, high - low, 0)
            left = np.where(upper, zeros + ones[left], low)
            right = np.where(upper, zeros + ones[right], high)
        return found

    @cached_property
    def _bits(self) -> list[tuple[int, Codes, int]]:
        """From the highest bit on, with the codes sorted, stably, by the bits above: how many ones
        come before each, and how many zeros there are."""
        codes, bits = self.codes, []
        for bit in range(max(self.distinct - 1, 0).bit_length() - 1, -1, -1):
            set_ = (codes >> bit) & 1
            ones = np.zeros(len(codes) + 1, dtype=np.int64)
            np.cumsum(set_, out=ones[1:])
            bits.append((bit, ones, len(codes) - int(ones[-1])))
            codes = np.concatenate([codes[set_ == 0], codes[set_ == 1]])
        return bits

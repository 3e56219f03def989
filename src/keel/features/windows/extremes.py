"""The greatest of windows, from those of stretches of doubling length."""

from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from keel.features.windows.timeline import Floats, Spans


@dataclass(frozen=True, eq=False)
class Extremes:
    """stretches: [k][n + 1 - 2^k] the greatest of each 2^k values that follow each other, made when
    first asked for."""

    values: Floats
    stretches: list[Floats] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def greatest(self, spans: Spans) -> Floats:
        """[q] of the values in windows, NaN of nothing.

        Two stretches of a power of two, which may overlap, cover every window.
        Source: Bender and Farach-Colton 2000, The LCA problem revisited, section 2.
        """
        size = spans.size
        most = int(size.max(initial=0))
        found = np.full(len(size), np.nan)
        power = np.frexp(np.arange(most + 1))[1].astype(np.uint8)[size]
        for k in range(most.bit_length()):
            best = self._stretch(k)
            asked = np.flatnonzero(power == k + 1)
            left, right = spans.left[asked], spans.right[asked]
            found[asked] = np.maximum(best[left], best[right - 2**k])
        return found

    def _stretch(self, k: int) -> Floats:
        with self.lock:
            if not self.stretches:
                self.stretches.append(self.values)
            while len(self.stretches) <= k:
                best, half = self.stretches[-1], 2 ** (len(self.stretches) - 1)
                self.stretches.append(np.maximum(best[:-half], best[half:]))
            return self.stretches[k]

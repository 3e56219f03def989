"""The least and the greatest of windows, from those of stretches of doubling length."""

import numpy as np
from numpy.typing import NDArray

from keel.features.windows.timeline import Spans, Timeline

Floats = NDArray[np.float64]


def window_max(events: Timeline, values: Floats, spans: Spans) -> Floats:
    """[q] NaN where nothing is known. values: [n] in the order of the table, NaN for unknown.

    Two stretches of a power of two, which may overlap, cover every window.
    Source: Bender and Farach-Colton 2000, The LCA problem revisited, section 2.
    """
    held = values[events.order]
    best = np.where(np.isfinite(held), held, -np.inf)
    size = spans.size
    found = np.full(len(size), -np.inf)
    stretch = 1
    while stretch <= int(size.max(initial=0)):
        # Windows of this size up to just below twice of it.
        asked = np.flatnonzero((size >= stretch) & (size < 2 * stretch))
        if len(asked):
            left, right = spans.left[asked], spans.right[asked]
            found[asked] = np.maximum(best[left], best[right - stretch])
        if len(best) <= stretch:
            break
        best = np.maximum(best[:-stretch], best[stretch:])
        stretch *= 2
    return np.where(np.isneginf(found), np.nan, found)


def window_min(events: Timeline, values: Floats, spans: Spans) -> Floats:
    """[q] NaN where nothing is known."""
    return -window_max(events, -values, spans)

"""The first and the last of windows."""

import numpy as np
from numpy.typing import NDArray

from keel.features.windows.timeline import Codes, Spans, Timeline

NONE = -1


def window_last(events: Timeline, known: NDArray[np.bool_], spans: Spans) -> Codes:
    """[q] the row of the table with the last known value of each window, `NONE` without one.

    known: [n] in the order of the table.
    """
    held = known[events.order]
    latest = np.maximum.accumulate(np.where(held, np.arange(len(held)), NONE))
    found = np.append(latest, NONE)[spans.right - 1]
    inside = (spans.size > 0) & (found >= spans.left)
    return np.where(inside, np.append(events.order, NONE)[found], NONE)


def window_first(events: Timeline, known: NDArray[np.bool_], spans: Spans) -> Codes:
    """[q] the row with the first known value, `NONE` without one."""
    held = known[events.order]
    count = len(held)
    place = np.where(held, np.arange(count), count)
    earliest = np.append(np.minimum.accumulate(place[::-1])[::-1], count)
    found = earliest[spans.left]
    inside = found < spans.right
    return np.where(inside, np.append(events.order, NONE)[np.where(inside, found, count)], NONE)


def since_last(events: Timeline, time: Codes, spans: Spans) -> NDArray[np.float64]:
    """[q] seconds from the last event of each window to `time`, NaN without one."""
    padded = np.append(events.time, 0)
    passed = (time - padded[spans.right - 1]) / 1e6
    return np.where(spans.size > 0, passed, np.nan)

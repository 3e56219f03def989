"""Columns that count the rows: they rise or fall with the table's order or its time."""

import numpy as np

from keel.evaluate.leakage.context import Context

LEAST_DISTINCT = 50


def follows_order(context: Context, name: str) -> bool:
    """Whether the column only rises, or only falls, in table order or in time order."""
    values = context.values(name)
    if context.one_column(name).distinct < LEAST_DISTINCT or np.isnan(values).any():
        return False
    if _monotone(values):
        return True
    if context.examples.time is None:
        return False
    return _monotone(values[np.argsort(context.examples.time[context.rows], kind="stable")])


def _monotone(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    steps = np.diff(values)
    return bool((steps >= 0).all() or (steps <= 0).all())

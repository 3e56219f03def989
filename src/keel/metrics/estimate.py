"""A figure with its uncertainty."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A value, its 95 % interval, and how many cases it rests on.

    NaN where the figure does not exist on these cases (AUC of one class); it keeps no promise.
    """

    value: float
    low: float
    high: float
    n: int

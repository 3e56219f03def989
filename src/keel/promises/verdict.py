"""A promise held against evidence."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """`kept`: the whole interval is on the right side; `broken`: on the wrong; `undecided`:
    between; `pending`: this stage cannot judge it."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "undecided"
    PENDING = "pending"


@dataclass(frozen=True)
class Verdict:
    """What was promised, what was found, and why that follows. Figures are None when pending.

    `right_side`: whether the point estimate is on the right side of the bar, which is what an
    undecided promise needs for the version to pass. `unit`: of the figures, `ms` or empty.
    """

    promise: str
    outcome: Outcome
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    right_side: bool = False
    unit: str = ""

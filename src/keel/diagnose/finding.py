"""What a check of a recommender reports."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """`certain`: it cannot be otherwise. `suspect`: healthy systems do not look so. `note`: worth
    knowing, and no fault; notes raise no alarm."""

    CERTAIN = "certain"
    SUSPECT = "suspect"
    NOTE = "note"


MOST_SURPRISE = 300.0
"""Smaller chances cannot be told apart in double precision."""


@dataclass(frozen=True)
class Finding:
    """What is wrong, the evidence, why it matters and what to do.

    surprise: minus the decimal logarithm of how likely a healthy system looks so. affected: the
    share of what is learned from, shown or answered that it touches, 0 to 1. explains: kinds of
    findings that follow from this one.
    """

    kind: str
    severity: Severity
    evidence: str
    why: str
    action: str
    surprise: float
    affected: float
    explains: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "kind": self.kind,
            "severity": str(self.severity),
            "evidence": self.evidence,
            "why": self.why,
            "action": self.action,
            "surprise": round(min(self.surprise, MOST_SURPRISE), 1),
            "affected": round(self.affected, 4),
        }

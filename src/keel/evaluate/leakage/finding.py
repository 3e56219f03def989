"""What a leakage check reports."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`certain` breaks `no leakage`; `suspect` leaves it undecided; `note` is for the reader."""

    CERTAIN = "certain"
    SUSPECT = "suspect"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Columns under suspicion: the evidence, why it is suspicious, and what to do."""

    kind: str
    columns: tuple[str, ...]
    severity: Severity
    evidence: str
    why: str
    advice: str

"""What a diagnosis says: steps in order, and findings with the root of the trouble first."""

from dataclasses import dataclass
from typing import Any

from keel.diagnose.finding import Finding, Severity


@dataclass(frozen=True)
class Step:
    """One step of the explanation: what it looks at, and what it saw."""

    title: str
    saw: tuple[str, ...]


@dataclass(frozen=True)
class Diagnosis:
    """Of a version, and of a user if one was asked about."""

    version: str
    user: str | None
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Findings that are more than notes."""
        return tuple(found for found in self.findings if found.severity is not Severity.NOTE)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "version": self.version,
            "user": self.user,
            "healthy": not self.alarms,
            "findings": [found.to_json() for found in self.findings],
            "steps": [{"step": step.title, "saw": list(step.saw)} for step in self.steps],
        }

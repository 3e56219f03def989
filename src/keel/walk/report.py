"""What a run reports: the one object that `keel run --json` prints."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keel.evaluate.leakage.finding import Finding
from keel.metrics.estimate import Estimate
from keel.promises.verdict import Verdict


@dataclass(frozen=True)
class RunReport:
    """A finished run. rows: by use; seconds: by stage; card: the HTML file."""

    system: str
    version: int
    status: str
    task: str
    rows: dict[str, int]
    metrics: dict[str, Estimate]
    promises: tuple[Verdict, ...]
    leakage: tuple[Finding, ...]
    algorithm: str
    parameters: dict[str, Any]
    trials: int
    why: str
    card: Path
    artifact: Path
    sha256: str
    parity_max_abs_diff: float
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; a figure that does not exist is null, never NaN."""
        return {
            "system": self.system,
            "version": self.version,
            "status": self.status,
            "task": self.task,
            "rows": self.rows,
            "metrics": {name: _estimate(e) for name, e in self.metrics.items()},
            "promises": [_verdict(verdict) for verdict in self.promises],
            "leakage": [_finding(finding) for finding in self.leakage],
            "model": {
                "algorithm": self.algorithm,
                "parameters": _plain(self.parameters),
                "trials": self.trials,
                "why": self.why,
            },
            "card": str(self.card),
            "artifact": {
                "path": str(self.artifact),
                "sha256": self.sha256,
                "parity_max_abs_diff": self.parity_max_abs_diff,
            },
            "seconds": {stage: round(s, 3) for stage, s in self.seconds.items()},
            "notes": list(self.notes),
        }


def _estimate(estimate: Estimate) -> dict[str, float | int | None]:
    return {
        "value": _number(estimate.value),
        "low": _number(estimate.low),
        "high": _number(estimate.high),
        "n": estimate.n,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "promise": verdict.promise,
        "verdict": str(verdict.outcome),
        "value": _number(verdict.value),
        "low": _number(verdict.low),
        "high": _number(verdict.high),
        "n": verdict.n,
        "reason": verdict.reason,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "columns": list(finding.columns),
        "kind": finding.kind,
        "severity": str(finding.severity),
        "evidence": finding.evidence,
        "why": finding.why,
        "advice": finding.advice,
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return _number(value)
    return value if isinstance(value, int | str | bool) or value is None else str(value)

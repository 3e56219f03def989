"""What the stages of a walk found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from keel.data.check import Checked
from keel.evaluate.leakage.finding import Finding
from keel.promises.verdict import Verdict
from keel.spec.kinds import TaskName
from keel.spec.system import System

P = TypeVar("P")
L = TypeVar("L")
J = TypeVar("J")


@dataclass(frozen=True, eq=False)
class Walked(Generic[P, L, J]):
    """What the stages of a walk found, for whoever tells about it."""

    system: System
    task: TaskName
    checked: Checked
    prepared: P
    findings: tuple[Finding, ...]
    learned: L
    judged: J
    verdicts: tuple[Verdict, ...]
    created: datetime

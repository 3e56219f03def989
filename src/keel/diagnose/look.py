"""What one check looked at and saw."""

from dataclasses import dataclass

from keel.diagnose.finding import Finding


@dataclass(frozen=True)
class Look:
    """saw: sentences, also where all is well. findings: what is wrong, if anything."""

    saw: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def skipped(why: str) -> Look:
    """A check that has nothing to look at."""
    return Look((f"not looked at: {why}",))

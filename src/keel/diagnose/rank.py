"""Which finding a person should read first."""

from collections.abc import Sequence

from keel.diagnose.finding import Finding, Severity

ORDER = tuple(Severity)


def rank(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Alarms before notes; causes before what follows from them; the certain before the suspected;
    then by how much is affected, then by how unlikely it is in a healthy system. Of findings of one
    kind the first is kept.

    Only an alarm explains: a note beside a fault does not push it down.
    """
    explained = {
        kind
        for found in findings
        if found.severity is not Severity.NOTE
        for kind in found.explains
        if kind != found.kind
    }

    def place(found: Finding) -> tuple[bool, bool, int, float, float]:
        return (
            found.severity is Severity.NOTE,
            found.kind in explained,
            ORDER.index(found.severity),
            -found.affected,
            -found.surprise,
        )

    first: dict[str, Finding] = {}
    for found in sorted(findings, key=place):
        first.setdefault(found.kind, found)
    return tuple(first.values())

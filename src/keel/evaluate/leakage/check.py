"""Looks for leaks before anything is trained."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator

from keel.data.examples import Examples
from keel.data.split import Split
from keel.evaluate.leakage import certain, suspect
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.spec.system import System

Check = Callable[[Context], list[Finding]]
"""The seam of checks: `find(context)`, in a file of its own in `certain/` or `suspect/`.

Those in `certain/` ask whether something holds without exception, and run first; those in
`suspect/` weigh evidence. Within a folder they run in the order of their names. What was accused
by one is in the context of the next, which may leave it alone.
"""

LEAST_ROWS = 30
ORDER = tuple(Severity)


def find_leaks(
    examples: Examples, split: Split, system: System, *, seed: int = 7
) -> tuple[Finding, ...]:
    """What the checks find, the gravest first. The same arguments give the same findings.

    Labels are looked at in a sample of the training part (at most 30,000 rows), except by the
    checks that say otherwise. Tables of fewer than 30 training rows prove nothing and are not
    checked.
    """
    if len(split.train) < LEAST_ROWS or not examples.columns:
        return ()
    context = Context(examples, split, system, seed)
    findings: list[Finding] = []
    for package in (certain, suspect):
        for check in checks(package.__name__, list(package.__path__)):
            findings.extend(check(context))
            context.accused = frozenset(name for finding in findings for name in finding.columns)
    findings.sort(key=lambda finding: ORDER.index(finding.severity))
    return tuple(_each_once(findings))


def checks(package: str, folder: list[str]) -> Iterator[Check]:
    """The checks of a folder, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(folder), key=lambda module: module.name):
        check: Check = importlib.import_module(f"{package}.{module.name}").find
        yield check


def _each_once(findings: list[Finding]) -> Iterator[Finding]:
    """Without what says the same of the same columns again, less gravely."""
    seen: set[tuple[str, ...]] = set()
    for finding in findings:
        if not finding.columns or finding.columns not in seen:
            yield finding
        seen.add(finding.columns)

"""Holds promises against evidence."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from keel.errors import DeclarationError
from keel.evaluate.leakage.finding import Finding, Severity
from keel.metrics.bootstrap import compare, estimates
from keel.metrics.catalog import check
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.metrics.obstacle import left_out_groups, obstacle
from keel.metrics.prepared import MIN_GROUP
from keel.promises.held import held
from keel.promises.pending import labels_are_selected, pending
from keel.promises.stage import Stage
from keel.promises.verdict import Outcome, Verdict
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure, Promise
from keel.spec.tokens import GrammarError


def check_promises(
    promises: Sequence[Promise],
    task: TaskName,
    classes: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> None:
    """Whether all promises can be asked of this task. See `keel.metrics.catalog.check`.

    Raises DeclarationError with every promise that cannot, and the place in it.
    """
    problems = []
    for promise in promises:
        if promise.measure is None:
            continue
        ranks = promise.kind == "beats_champion"
        try:
            check(promise.measure, task, classes, columns, text=promise.text, ranks=ranks)
        except GrammarError as error:
            problems.append(f"promises: {error}")
    if problems:
        raise DeclarationError(problems)


def judge(
    promises: Sequence[Promise],
    evidence: Evidence,
    findings: Sequence[Finding] = (),
    *,
    champion: Evidence | None = None,
    stage: Stage = Stage.TRAINING,
    seed: int = 0,
) -> tuple[Verdict, ...]:
    """One verdict per promise, in their order.

    findings: of the leakage checks. champion: what the champion answered to the same cases, row
    by row, or to some of them if both have ids; without it `beats champion` is pending.
    """
    reasons = [pending(promise, evidence, champion, stage) for promise in promises]
    figures = _figures(promises, reasons, evidence, seed)
    verdicts = []
    for promise, reason in zip(promises, reasons, strict=True):
        if reason is not None:
            verdicts.append(Verdict(promise.text, Outcome.PENDING, reason))
        elif promise.measure is None:
            verdicts.append(_no_leakage(promise, findings))
        elif promise.kind == "beats_champion" and champion is not None:
            ours, theirs = same_cases(evidence, champion)
            gain = compare(promise.measure, ours, theirs, seed=seed)
            verdicts.append(held(promise, gain, what="gain over the champion "))
        else:
            verdict = held(promise, figures[promise.measure])
            verdicts.append(_with_caveats(verdict, promise.measure, evidence, stage))
    return tuple(verdicts)


def passes(verdicts: Sequence[Verdict], strict: bool = False) -> bool:
    """Whether a version with these verdicts may be released.

    Nothing broken, and every undecided promise on the right side of its bar; if `strict`, all
    kept. What is pending never blocks.
    """
    judged = [verdict for verdict in verdicts if verdict.outcome is not Outcome.PENDING]
    if strict:
        return all(verdict.outcome is Outcome.KEPT for verdict in judged)
    return all(
        verdict.outcome is Outcome.KEPT
        or (verdict.outcome is Outcome.UNDECIDED and verdict.right_side)
        for verdict in judged
    )


def same_cases(ours: Evidence, theirs: Evidence) -> tuple[Evidence, Evidence]:
    """Both on the cases they have in common, in one order.

    Raises ValueError where rows cannot be matched: different numbers of them and no ids.
    """
    if ours.id is None or theirs.id is None:
        if len(ours) != len(theirs):
            raise ValueError(
                f"{len(ours)} and {len(theirs)} cases without ids cannot be matched row by row"
            )
        return ours, theirs
    if np.array_equal(ours.id, theirs.id):
        return ours, theirs
    _, here, there = np.intersect1d(ours.id, theirs.id, return_indices=True)
    return ours.take(here), theirs.take(there)


def _figures(
    promises: Sequence[Promise], reasons: Sequence[str | None], evidence: Evidence, seed: int
) -> dict[Measure, Estimate]:
    asked = [
        promise.measure
        for promise, reason in zip(promises, reasons, strict=True)
        if promise.kind == "measure" and reason is None and promise.measure is not None
    ]
    return dict(zip(asked, estimates(asked, evidence, seed=seed), strict=True))


def _with_caveats(verdict: Verdict, measure: Measure, evidence: Evidence, stage: Stage) -> Verdict:
    why = obstacle(measure, evidence)
    if why is not None:
        return replace(verdict, reason=f"the figure does not exist: {why}")
    if stage is not Stage.TRAINING and labels_are_selected(measure, evidence):
        return replace(
            verdict,
            outcome=Outcome.UNDECIDED,
            reason=f"labels selected ({evidence.unobserved_because}): {verdict.reason}",
        )
    small = left_out_groups(measure, evidence)
    if small:
        names = ", ".join(repr(name) for name in small[:5]) + (", ..." if len(small) > 5 else "")
        note = f"{len(small)} groups below {MIN_GROUP} cases are left out ({names})"
        return replace(verdict, reason=f"{verdict.reason}; {note}")
    return verdict


def _no_leakage(promise: Promise, findings: Sequence[Finding]) -> Verdict:
    certain = [finding for finding in findings if finding.severity is Severity.CERTAIN]
    suspect = [finding for finding in findings if finding.severity is Severity.SUSPECT]
    if certain:
        return Verdict(promise.text, Outcome.BROKEN, _found("certain", certain))
    if suspect:
        reason = _found("suspect", suspect)
        return Verdict(promise.text, Outcome.UNDECIDED, reason, right_side=True)
    return Verdict(promise.text, Outcome.KEPT, "no check found a leak", right_side=True)


def _found(severity: str, findings: Sequence[Finding]) -> str:
    texts = [
        f"{finding.kind} ({', '.join(finding.columns)})" if finding.columns else finding.kind
        for finding in findings
    ]
    return f"{severity}: {'; '.join(texts)}"

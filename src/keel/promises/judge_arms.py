"""Promises held against the arms of a release, at one look."""

from collections.abc import Sequence
from dataclasses import replace

from keel.metrics.catalog import find
from keel.metrics.evidence import Evidence
from keel.metrics.known_cases import known_cases
from keel.metrics.obstacle import obstacle
from keel.metrics.sequential.arm_figure import arm_figure
from keel.metrics.sequential.arm_gain import arm_gain
from keel.metrics.sequential.no_sequence import no_sequence
from keel.promises.health import Health, judge_health
from keel.promises.held import held
from keel.promises.look import Look
from keel.promises.pending import labels_are_selected, pending
from keel.promises.stage import Stage, not_here
from keel.promises.verdict import Outcome, Verdict
from keel.spec.promise import Measure, Promise


def judge_arms(
    promises: Sequence[Promise],
    challenger: Evidence,
    champion: Evidence | None,
    health: Health,
    look: Look,
) -> tuple[Verdict, ...]:
    """One verdict per promise, in their order, then one per bar of `health`.

    An absolute bar judges the challenger alone, `beats champion` the difference of the arms within
    each step of the release. look: as if for a single promise.
    """
    verdicts = [_verdict(promise, challenger, champion, look) for promise in promises]
    return (*verdicts, *judge_health(health, challenger, champion, look))


def bars(promises: Sequence[Promise], health: Health) -> int:
    """How many promises and bars can be broken by a release, whatever its evidence."""
    return sum(not_here(promise, Stage.CANARY) is None for promise in promises) + len(health)


def _verdict(
    promise: Promise, challenger: Evidence, champion: Evidence | None, look: Look
) -> Verdict:
    reason = pending(promise, challenger, champion, Stage.CANARY)
    measure = promise.measure
    if reason is not None or measure is None:
        return Verdict(promise.text, Outcome.PENDING, reason or "there is nothing to measure")
    what = f"{_counted(measure, challenger)}: "
    if promise.kind == "beats_champion" and champion is not None:
        figure = arm_gain(measure, challenger, champion, look.tails, look.bounds)
        what += "gain over the champion "
    else:
        figure = arm_figure(measure, challenger, look.tails, look.bounds)
    unsettled = no_sequence(measure, challenger.task)
    none = "too few cases for an interval"
    if unsettled is not None:
        none = f"no interval holds at every look: {unsettled}"
    verdict = held(promise, figure, what=what, interval=look.name, none=none)
    return _with_caveats(verdict, measure, challenger)


def _counted(measure: Measure, evidence: Evidence) -> str:
    metric = find(measure, evidence.task)
    if not metric.paired:
        return f"{0 if evidence.latency_ms is None else len(evidence.latency_ms):,} requests"
    labelled = "" if metric.labels == "none" else "labelled "
    return f"{len(known_cases(metric, evidence)):,} {labelled}answers"


def _with_caveats(verdict: Verdict, measure: Measure, evidence: Evidence) -> Verdict:
    why = obstacle(measure, known_cases(find(measure, evidence.task), evidence))
    if why is not None:
        return replace(verdict, reason=f"the figure does not exist: {why}")
    if labels_are_selected(measure, evidence):
        return replace(
            verdict,
            outcome=Outcome.UNDECIDED,
            reason=f"labels selected ({evidence.unobserved_because}): {verdict.reason}",
        )
    return verdict

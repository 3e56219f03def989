"""Why a promise cannot be judged on some evidence, or not settled by it."""

from keel.metrics.catalog import find
from keel.metrics.evidence import Evidence
from keel.metrics.obstacle import obstacle
from keel.promises.stage import Stage, not_here
from keel.spec.promise import Measure, Promise


def pending(
    promise: Promise, evidence: Evidence, champion: Evidence | None, stage: Stage
) -> str | None:
    """The reason in one clause, or None if the promise can be judged here."""
    elsewhere = not_here(promise, stage)
    if elsewhere is not None:
        return elsewhere
    if promise.kind == "beats_champion" and champion is None:
        return "there is no champion that can be compared on these cases"
    measure = promise.measure
    if measure is None:
        return None
    metric = find(measure, evidence.task)
    if not metric.paired:
        arms = (
            (evidence,) if promise.kind == "measure" or champion is None else (evidence, champion)
        )
        return next((why for why in (obstacle(measure, arm) for arm in arms) if why), None)
    if stage is not Stage.TRAINING and metric.paired and len(evidence) == 0:
        return "no answer has come yet"
    if metric.labels != "none" and evidence.observed is not None and not evidence.observed.any():
        return "no case has a label"
    rival = champion if promise.kind == "beats_champion" else None
    held = (evidence,) if rival is None else (evidence, rival)
    lacking = [metric.lacking(one) for one in held] if metric.lacking is not None else []
    return next((reason for reason in lacking if reason is not None), None)


def labels_are_selected(measure: Measure, evidence: Evidence) -> bool:
    """Whether labels are known only where the model's own answer let them become known."""
    return (
        find(measure, evidence.task).labels == "every"
        and evidence.observed is not None
        and not bool(evidence.observed.all())
        and evidence.unobserved_because is not None
        and evidence.propensity is None
    )

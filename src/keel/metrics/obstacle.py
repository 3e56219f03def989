"""Why a figure cannot be had from some evidence, whatever the numbers in it."""

import numpy as np

from keel.metrics.catalog import find
from keel.metrics.evidence import Evidence
from keel.metrics.prepared import MIN_GROUP
from keel.spec.promise import Measure


def obstacle(measure: Measure, evidence: Evidence) -> str | None:
    """The reason in one clause, or None if the figure can be computed."""
    metric = find(measure, evidence.task)
    if not metric.paired:
        measured = evidence.latency_ms is not None and len(evidence.latency_ms) > 0
        return None if measured else "no latency was measured"
    if len(evidence) == 0:
        return "there are no cases"
    if evidence.propensity is not None and not (evidence.propensity > 0).all():
        return "some labels became known that had no chance to"
    if measure.per_day and evidence.time is None:
        return "the cases have no time"
    if measure.of is not None and measure.of not in evidence.units:
        return f"the cases do not say their {measure.of}"
    lacking = None if metric.lacking is None else metric.lacking(evidence)
    if lacking is not None:
        return lacking
    if measure.for_class is not None and measure.for_class not in evidence.classes:
        return f"there is no class {measure.for_class!r}"
    if measure.by is None:
        return None
    if measure.by not in evidence.groups:
        return f"the cases do not say their {measure.by}"
    sizes = np.unique(evidence.groups[measure.by], return_counts=True)[1]
    if np.count_nonzero(sizes >= MIN_GROUP) < (2 if metric.by == "needed" else 1):
        return f"too few groups of {measure.by} have at least {MIN_GROUP} cases"
    return None


def left_out_groups(measure: Measure, evidence: Evidence) -> tuple[str, ...]:
    """Groups of the column asked for that are too small to be judged."""
    if measure.by is None or measure.by not in evidence.groups:
        return ()
    names, sizes = np.unique(evidence.groups[measure.by], return_counts=True)
    return tuple(str(name) for name in names[sizes < MIN_GROUP])

"""The cases that a metric can be computed from."""

from dataclasses import replace

from keel.metrics.evidence import Evidence
from keel.metrics.metric import Metric


def known_cases(metric: Metric, evidence: Evidence) -> Evidence:
    """All of them, or those with a label where the metric needs one.

    They keep their propensity only where it matters: where labels came for a part of the cases
    that an answer selected, and the metric is of every case.
    """
    if metric.labels == "none" or evidence.observed is None:
        return _unweighted(evidence)
    cases = evidence.take(evidence.observed)
    selected = evidence.unobserved_because is not None and len(cases) < len(evidence)
    return cases if selected and metric.labels == "every" else _unweighted(cases)


def _unweighted(evidence: Evidence) -> Evidence:
    return evidence if evidence.propensity is None else replace(evidence, propensity=None)

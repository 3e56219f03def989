"""The cases that a metric can be computed from."""

from keel.metrics.evidence import Evidence
from keel.metrics.metric import Metric


def known_cases(metric: Metric, evidence: Evidence) -> Evidence:
    """All of them, or those with a label where the metric needs one."""
    if metric.labels == "none" or evidence.observed is None:
        return evidence
    return evidence.take(evidence.observed)

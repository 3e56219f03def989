"""Expected cost of decisions, with the costs that were declared."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import CLASSIFY, Metric
from keel.metrics.prepared import decided
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def cost(evidence: Evidence) -> Floats:
    """[n] what each decision cost; with more than two classes any wrong one costs 1."""
    decision = decided(evidence)
    wrong = decision != evidence.label
    if evidence.output.shape[1] != 2:
        equal_costs: Floats = wrong.astype(np.float64)
        return equal_costs
    false_positive, false_negative = evidence.costs
    return np.where(wrong, np.where(decision == 1, false_positive, false_negative), 0.0)


def _ceiling(evidence: Evidence) -> float:
    return max(evidence.costs) if evidence.output.shape[1] == 2 else 1.0


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.mean(cost)


def _mean(evidence: Evidence, _: Measure) -> Floats:
    return cost(evidence)


METRIC = Metric(
    name="expected_cost",
    tasks=CLASSIFY,
    better="lower",
    values=_values,
    mean=_mean,
    classes=False,
    highest=float("inf"),
    ceiling=_ceiling,
    definition=(
        "mean cost of a decision, a false positive and a false negative costing what the rule "
        "`decide: cost(...)` says, else 1 each"
    ),
    source="Elkan 2001, The Foundations of Cost-Sensitive Learning, IJCAI",
)

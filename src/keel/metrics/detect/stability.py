"""Stability: how alike fits on other rows rank the same cases. Needs no label."""

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DETECT, Metric
from keel.metrics.rank_agreement import other_scores, rank_agreement
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, _: Measure) -> Floats:
    return rank_agreement(sample, "refits")


def _lacking(evidence: Evidence) -> str | None:
    there = other_scores(evidence, "refits").shape[1]
    return None if there else "no fit on other rows answered these cases"


METRIC = Metric(
    name="stability",
    tasks=DETECT,
    better="higher",
    values=_values,
    lacking=_lacking,
    classes=False,
    by="never",
    labels="none",
    lowest=-1.0,
    definition=(
        "rank correlation (Spearman) of the anomaly scores with those of the same recipe fitted "
        "on parts of the training rows, the mean over them"
    ),
    source=(
        "Perini, Galvin and Vercruyssen 2020, A ranking stability measure for quantifying the "
        "robustness of anomaly detection methods, doi:10.1007/978-3-030-65965-3_27"
    ),
)

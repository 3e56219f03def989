"""Agreement: how alike the detector and others rank the same cases. Needs no label."""

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DETECT, Metric
from keel.metrics.rank_agreement import other_scores, rank_agreement
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, _: Measure) -> Floats:
    return rank_agreement(sample, "rivals")


def _lacking(evidence: Evidence) -> str | None:
    there = other_scores(evidence, "rivals").shape[1]
    return None if there else "no other detector answered these cases"


METRIC = Metric(
    name="agreement",
    tasks=DETECT,
    better="higher",
    values=_values,
    lacking=_lacking,
    classes=False,
    by="never",
    labels="none",
    lowest=-1.0,
    definition=(
        "rank correlation (Spearman) of the anomaly scores with those of every other detector, "
        "the mean over them"
    ),
    source=(
        "Ma et al. 2023, The need for unsupervised outlier model selection, "
        "doi:10.1145/3606274.3606277, ModelCentrality"
    ),
)

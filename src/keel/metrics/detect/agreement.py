"""Agreement: how alike the detector and others rank the same cases. Needs no label."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DETECT, Metric
from keel.metrics.rank_agreement import agreement_parts
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _parts(evidence: Evidence) -> Floats:
    return agreement_parts(evidence.output, _rivals(evidence))


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.mean(_parts)


def _rivals(evidence: Evidence) -> Floats:
    return np.empty((len(evidence), 0)) if evidence.rivals is None else evidence.rivals


def _lacking(evidence: Evidence) -> str | None:
    return None if _rivals(evidence).shape[1] else "no other detector answered these cases"


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
        "the mean over them; ranks are those among all cases"
    ),
    source=(
        "Ma et al. 2023, The need for unsupervised outlier model selection, "
        "doi:10.1145/3606274.3606277, ModelCentrality"
    ),
)

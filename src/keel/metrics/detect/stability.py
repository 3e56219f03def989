"""Stability: how alike fits on other rows rank the same cases. Needs no label."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DETECT, Metric
from keel.metrics.rank_agreement import agreement_parts
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _parts(evidence: Evidence) -> Floats:
    return agreement_parts(evidence.output, _refits(evidence))


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.mean(_parts)


def _refits(evidence: Evidence) -> Floats:
    return np.empty((len(evidence), 0)) if evidence.refits is None else evidence.refits


def _lacking(evidence: Evidence) -> str | None:
    return None if _refits(evidence).shape[1] else "no fit on other rows answered these cases"


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
        "on parts of the training rows, the mean over them; ranks are those among all cases"
    ),
    source=(
        "Perini, Galvin and Vercruyssen 2020, A ranking stability measure for quantifying the "
        "robustness of anomaly detection methods, doi:10.1007/978-3-030-65965-3_27"
    ),
)

"""Diversity: how unlike each other the items of one list are."""

import numpy as np
from scipy import sparse

from keel.metrics.classes import ratio
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import labels_of, lacks_labels, length, shown
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _distance(evidence: Evidence, k: int) -> Floats:
    total, many = _pooled(evidence, k)
    alike = (np.square(total).sum(axis=1) - many) / (many * (many - 1)).clip(1)
    return np.where(many > 1, 1.0 - alike, 0.0)


def _has_pair(evidence: Evidence, k: int) -> Floats:
    return (_pooled(evidence, k)[1] > 1).astype(np.float64)


def _pooled(evidence: Evidence, k: int) -> tuple[Floats, Floats]:
    """[n, g] sums of the labels of each list, scaled to length one, and [n] how many items have
    any: the cosines of all pairs are the square of the sum less those of items with themselves."""
    lists, labels = shown(evidence, k), labels_of(evidence).astype(np.float64)
    size = np.sqrt(np.asarray(labels.sum(axis=1)).ravel())
    unit = sparse.diags_array(1.0 / np.where(size > 0, size, 1.0)) @ labels
    kept = (lists >= 0) & (np.append(size, 0.0)[lists] > 0)
    row = np.repeat(np.arange(len(lists)), lists.shape[1])[kept.ravel()]
    held = (np.ones(len(row)), (row, lists[kept]))
    pooled = sparse.csr_matrix(held, shape=(len(lists), len(size))) @ unit
    return np.asarray(pooled.toarray()), kept.sum(axis=1).astype(np.float64)


def _values(sample: Sample, measure: Measure) -> Floats:
    k = length(measure)
    return ratio(sample.sum(_distance, k), sample.sum(_has_pair, k))


METRIC = Metric(
    name="diversity",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    lacking=lacks_labels,
    classes=False,
    labels="none",
    definition=(
        "one less the cosine of the labels (genres) of two of the first k items, the mean over "
        "pairs, then over users; items without labels are left out"
    ),
    source="Smyth and McClave 2001, doi:10.1007/3-540-44593-5_25; Ziegler et al. 2005, equation 5",
)

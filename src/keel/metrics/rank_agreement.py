"""How alike two ways to rank cases are."""

from typing import Literal

import numpy as np
from scipy.stats import rankdata

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DETECT, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure

Others = Literal["rivals", "refits"]


def standard_ranks(scores: Floats) -> Floats:
    """[n, m] ranks of each column, ties sharing theirs, with mean 0 and mean square 1; zeros
    where all scores of a column are equal."""
    ranks = rankdata(scores, axis=0)
    centred = ranks - ranks.mean(axis=0)
    spread = np.sqrt(np.mean(np.square(centred), axis=0))
    return np.asarray(centred / np.where(spread > 0, spread, 1.0))


def other_scores(evidence: Evidence, others: Others) -> Floats:
    """[n, m] what others gave to the same cases; no column where nobody was asked."""
    given = evidence.rivals if others == "rivals" else evidence.refits
    return np.empty((len(evidence), 0)) if given is None else given


def rank_agreement(sample: Sample, others: Others) -> Floats:
    """[r] Spearman's correlation of the scores with those of others, averaged over these.

    Cases that an other has not scored (NaN) are left out. Ranks are those among all cases; their
    means and spreads are those of each resample. 0 where all scores are equal.
    """
    count = other_scores(sample.evidence, others).shape[1]
    size = sample.sum(_compared, others)
    own, own_squares = sample.sum(_own, others, 1), sample.sum(_own, others, 2)
    found = []
    for k in range(count):
        one, squares = sample.sum(_other, others, k, 1), sample.sum(_other, others, k, 2)
        product = sample.sum(_product, others, k)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = (own_squares - own**2 / size) * (squares - one**2 / size)
            both = (product - own * one / size) / np.sqrt(np.maximum(spread, 0.0))
        found.append(np.where(spread > 1e-12, both, 0.0))
    return np.asarray(np.mean(found, axis=0))


def agreement_metric(
    name: str, others: Others, *, lacking: str, definition: str, source: str
) -> Metric:
    """The figure `rank_agreement` with these others. lacking: why there is none without them."""

    def values(sample: Sample, _: Measure) -> Floats:
        return rank_agreement(sample, others)

    def lacks(evidence: Evidence) -> str | None:
        return None if other_scores(evidence, others).shape[1] else lacking

    return Metric(
        name=name,
        tasks=DETECT,
        better="higher",
        values=values,
        lacking=lacks,
        classes=False,
        by="never",
        labels="none",
        lowest=-1.0,
        definition=definition,
        source=source,
    )


def _rows(evidence: Evidence, others: Others) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(~np.isnan(other_scores(evidence, others)).any(axis=1))


def _compared(evidence: Evidence, others: Others) -> Floats:
    return _rows(evidence, others).astype(np.float64)


def _own(evidence: Evidence, others: Others, power: int) -> Floats:
    return _placed(evidence, others, evidence.output) ** power


def _other(evidence: Evidence, others: Others, k: int, power: int) -> Floats:
    return _placed(evidence, others, other_scores(evidence, others)[:, k]) ** power


def _product(evidence: Evidence, others: Others, k: int) -> Floats:
    return _own(evidence, others, 1) * _other(evidence, others, k, 1)


def _placed(evidence: Evidence, others: Others, scores: Floats) -> Floats:
    """[n] standard ranks among the cases compared, 0 for the others."""
    rows = _rows(evidence, others)
    placed = np.zeros(len(scores))
    if rows.any():
        placed[rows] = standard_ranks(scores[rows, None])[:, 0]
    return placed

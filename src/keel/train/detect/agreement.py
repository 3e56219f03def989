"""How far detectors agree on which cases are odd, which is what can be known without labels."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from keel.metrics.rank_agreement import standard_ranks
from keel.train.search.trial_cache import Trial

Floats = NDArray[np.float64]

PARTS = 5
"""A single validation part is looked at in so many, to see how an agreement varies."""


def with_agreement(
    trials: Sequence[Trial], sizes: Sequence[int], baseline: str
) -> tuple[Trial, ...]:
    """The trials, each candidate's score being its agreement: the rank correlation with every other
    algorithm but the baseline, averaged over the settings of each, then over algorithms, so that
    each has one vote, then over folds.

    sizes: how many rows each fold validated. The score of a candidate without others is 0.

    Source: ModelCentrality, Lin et al. 2020, InfoGAN-CR and ModelCentrality, section 4, for
    detectors in Ma et al. 2023, The need for unsupervised outlier model selection,
    doi:10.1145/3606274.3606277, who find it among the best of strategies without labels.
    """
    names = [trial.candidate.algorithm for trial in trials]
    scores = np.column_stack([trial.scores[:, 0].astype(np.float64) for trial in trials])
    parts = np.stack([_agreements(scores[rows], names, baseline) for rows in _parts(sizes)])
    errors = parts.std(axis=0, ddof=1) / np.sqrt(len(parts))
    return tuple(
        replace(
            trial,
            candidate=replace(
                trial.candidate,
                score=float(parts[:, i].mean()),
                standard_error=float(errors[i]),
                folds=tuple(parts[:, i].tolist()),
                figures={**trial.candidate.figures, "agreement": float(parts[:, i].mean())},
            ),
        )
        for i, trial in enumerate(trials)
    )


def _parts(sizes: Sequence[int]) -> list[NDArray[np.int64]]:
    """Rows of each fold; of a single fold every fifth."""
    if len(sizes) == 1:
        return [np.arange(start, sizes[0], PARTS) for start in range(min(PARTS, sizes[0]))]
    ends = np.cumsum(sizes)
    return [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _agreements(scores: Floats, names: Sequence[str], baseline: str) -> Floats:
    """[m] mean rank correlations of [n, m] scores."""
    ranks = standard_ranks(scores)
    correlation = ranks.T @ ranks / len(ranks)
    votes = np.array([[(a != b and b != baseline) / names.count(b) for b in names] for a in names])
    totals = votes.sum(axis=1)
    return np.asarray((correlation * votes).sum(axis=1) / np.where(totals > 0, totals, 1.0))

"""What is computed once per evidence and shared by all its metrics: orders, codes, row values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from keel.metrics.evidence import Evidence, Floats, Integers

T = TypeVar("T")

MIN_GROUP = 20
"""Groups with fewer cases are left out of comparisons between groups: a share of 3 is noise."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Cases in order of their score. rank: [n] codes of distinct scores, the highest being 0.
    score: [d] of each code. positive: [n]."""

    rank: Integers
    score: Floats
    positive: NDArray[np.bool_]


class Prepared:
    """One evidence with what its metrics have in common, computed when first asked for."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._cache: dict[object, Any] = {}

    @property
    def classes(self) -> int:
        """How many classes there are; a case with an anomaly score is of one of two."""
        return classes_of(self.evidence)

    @property
    def label(self) -> Integers:
        """[n] class codes."""
        return self.evidence.label.astype(np.int64, copy=False)

    @property
    def decision(self) -> Integers:
        """[n] class codes: the version's decision, else the likeliest class."""
        return self._once("decision", lambda: decided(self.evidence))

    @property
    def weight(self) -> Floats | None:
        """[n] how many cases each stands for, where only some labels became known: one over the
        chance that its label would. None where each stands for itself.

        Source: Horvitz and Thompson 1952, doi:10.1080/01621459.1952.10483446.
        """
        propensity = self.evidence.propensity
        return None if propensity is None else 1 / propensity

    def rows(self, values: Callable[..., Floats], *arguments: object) -> Floats:
        """[n] `values(evidence, *arguments)`."""
        return self._once(("rows", values, arguments), lambda: values(self.evidence, *arguments))

    def group(self, by: str) -> tuple[NDArray[np.str_], Integers]:
        """Names of the groups of a column, and [n] codes."""
        return self._once(
            ("group", by), lambda: np.unique(self.evidence.groups[by], return_inverse=True)
        )

    def judged(self, by: str) -> Integers:
        """Codes of the groups that are large enough to be compared."""
        return np.flatnonzero(np.bincount(self.group(by)[1]) >= MIN_GROUP)

    def ranking(self, target: int | None) -> Ranking:
        """Cases by the probability of the class `target`; None: by that of the likeliest class,
        a case being positive where that class is right."""
        return self._once(("ranking", target), lambda: _rank(self.evidence, target))

    def _once(self, key: object, compute: Callable[[], T]) -> T:
        if key not in self._cache:
            self._cache[key] = compute()
        found: T = self._cache[key]
        return found


def classes_of(evidence: Evidence) -> int:
    """How many classes there are; a case with an anomaly score is of one of two."""
    return 2 if evidence.output.ndim == 1 else int(evidence.output.shape[1])


def score_of(evidence: Evidence, target: int) -> Floats:
    """[n] by which cases are ranked for a class: its probability, or the anomaly score."""
    if evidence.output.ndim == 1:
        return evidence.output if target == 1 else -evidence.output
    scores: Floats = evidence.output[:, target]
    return scores


def decided(evidence: Evidence) -> Integers:
    """[n] class codes: the version's decision, else the likeliest class.

    Raises ValueError for anomaly scores without a decision.
    """
    if evidence.decision is not None:
        return evidence.decision
    if evidence.output.ndim == 1:
        raise ValueError("an anomaly score says nothing of a decision: give evidence with one")
    codes: Integers = np.argmax(evidence.output, axis=1).astype(np.int64)
    return codes


def rank_bins(ranking: Ranking, limit: int | None) -> tuple[Integers, Floats]:
    """[n] bin of each case and [b] score of each bin, the highest first, at most about `limit`.

    Where distinct scores must share bins, the highest ones keep their own (figures at the top k
    depend on them), and the rest is cut by equal numbers of cases and of positives.
    """
    distinct = len(ranking.score)
    if limit is None or distinct <= limit:
        return ranking.rank, ranking.score
    third = limit // 3
    cases = np.cumsum(np.bincount(ranking.rank, minlength=distinct))
    positives = np.cumsum(np.bincount(ranking.rank[ranking.positive], minlength=distinct))
    share = np.arange(1, third) / third
    cuts = np.concatenate(
        [
            np.arange(1, third + 1),
            np.searchsorted(cases, share * cases[-1]) + 1,
            np.searchsorted(positives, share * positives[-1]) + 1,
        ]
    )
    bin_of_rank = np.searchsorted(np.unique(cuts), np.arange(distinct), side="right")
    weight = np.bincount(ranking.rank, minlength=distinct).astype(np.float64)
    total = np.bincount(bin_of_rank, weight * ranking.score)
    size = np.bincount(bin_of_rank, weight)
    used = np.cumsum(size > 0) - 1
    return used[bin_of_rank][ranking.rank], total[size > 0] / size[size > 0]


def _rank(evidence: Evidence, target: int | None) -> Ranking:
    output = evidence.output
    if target is None:
        likeliest = np.argmax(output, axis=1)
        score = output[np.arange(len(output)), likeliest]
        positive = evidence.label == likeliest
    else:
        score = score_of(evidence, target)
        positive = evidence.label == target
    negated, rank = np.unique(-score, return_inverse=True)
    return Ranking(rank.astype(np.int64, copy=False), -negated, positive)

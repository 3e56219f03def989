"""Many resamples of one evidence at once, as metrics see them: sums, counts and curves."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from scipy import sparse

from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.prepared import Prepared, Ranking, rank_bins

CELLS_PER_CASE = 8
"""With more cells than this for each case, counts by unit are kept sparse."""

T = TypeVar("T")
RowValues = Callable[..., Floats]
CodeValues = Callable[..., Integers]


@dataclass(frozen=True, eq=False)
class Counts:
    """Weighted counts of decisions for one class against the rest, [r] each."""

    hit: Floats
    actual: Floats
    predicted: Floats
    total: Floats

    @property
    def missed(self) -> Floats:
        """Cases of the class that were decided otherwise."""
        return self.actual - self.hit

    @property
    def false_alarms(self) -> Floats:
        """Cases of other classes that were decided for this one."""
        return self.predicted - self.hit

    @property
    def rejected(self) -> Floats:
        """Cases of other classes that were not decided for this one."""
        return self.total - self.actual - self.false_alarms


@dataclass(frozen=True, eq=False)
class Curve:
    """Weighted counts by score, the highest score first.

    score: [b] mean score of a bin; bins are distinct scores where there are few enough.
    positive, negative: [b, r].
    """

    score: Floats
    positive: Floats
    negative: Floats

    @cached_property
    def true_positives(self) -> Floats:
        """[b, r] positives at this score or above."""
        return np.cumsum(self.positive, axis=0)

    @cached_property
    def false_positives(self) -> Floats:
        """[b, r] negatives at this score or above."""
        return np.cumsum(self.negative, axis=0)

    @cached_property
    def flagged(self) -> Floats:
        """[b, r] cases at this score or above."""
        return self.true_positives + self.false_positives

    @property
    def positives(self) -> Floats:
        """[r] all positives."""
        all_positives: Floats = self.true_positives[-1]
        return all_positives

    @property
    def negatives(self) -> Floats:
        """[r] all negatives."""
        all_negatives: Floats = self.false_positives[-1]
        return all_negatives


class Basis:
    """Everything that is the same for all resamples: evidence summed by what is resampled.

    unit: [n] codes below `units`, of the cases, clusters or blocks that are drawn as a whole.
    bins: at most so many bins in a curve; None keeps every distinct score.
    """

    def __init__(self, prepared: Prepared, unit: Integers, units: int, bins: int | None) -> None:
        self.prepared = prepared
        self.unit = unit
        self.units = units
        self.bins = bins
        self._cache: dict[object, Any] = {}

    @property
    def evidence(self) -> Evidence:
        """The cases that are resampled."""
        return self.prepared.evidence

    def sums(self, values: RowValues, *arguments: object) -> Floats:
        """[units] sums of `values(evidence, *arguments)`, which is [n]."""
        return self._once(("sums", values, arguments), lambda: self._sums(values, *arguments))

    def held(self, values: CodeValues, *arguments: object) -> Any:
        """How often each code of `values(evidence, *arguments)`, which is [n, k], is there, by
        unit. Sparse."""
        return self._once(("held", values, arguments), lambda: self._held(values, *arguments))

    def sizes(self) -> Floats:
        """[units] numbers of cases."""
        return self._once("sizes", lambda: self._by_unit(np.ones(len(self.unit))))

    def decided(self, by: str | None) -> tuple[Any, Any, Any]:
        """Numbers of hits, of actual and of predicted cases by group and class, then unit."""
        return self._once(("decided", by), lambda: self._decided(by))

    def curve(self, target: int | None) -> tuple[Floats, Any, Any]:
        """Mean score of each bin, and positives and negatives by bin, then unit."""
        return self._once(("curve", target), lambda: self._curve(target))

    def sorted(self, values: RowValues, *arguments: object) -> tuple[Floats, Any]:
        """Values in rising order, and how many cases have each by unit. At most `bins` values."""
        return self._once(("sorted", values, arguments), lambda: self._sorted(values, *arguments))

    def _sums(self, values: RowValues, *arguments: object) -> Floats:
        return self._by_unit(self.prepared.rows(values, *arguments))

    def _by_unit(self, rows: Floats) -> Floats:
        weight = self.prepared.weight
        weighted = rows if weight is None else rows * weight
        return np.bincount(self.unit, weighted, minlength=self.units).astype(np.float64, copy=False)

    def _held(self, values: CodeValues, *arguments: object) -> Any:
        codes = values(self.evidence, *arguments)
        unit = np.repeat(self.unit, codes.shape[1])
        kept = codes.ravel() >= 0
        places = (codes.ravel()[kept], unit[kept])
        shape = (int(codes.max(initial=0)) + 1, self.units)
        return sparse.csr_matrix((np.ones(int(kept.sum())), places), shape=shape)

    def _sorted(self, values: RowValues, *arguments: object) -> tuple[Floats, Any]:
        rows = self.prepared.rows(values, *arguments)
        nobody = np.zeros(len(rows), dtype=bool)
        value, rank = np.unique(rows, return_inverse=True)
        bin_of, negated = rank_bins(Ranking(rank, -value, nobody), self.bins)
        return -negated, self._count(bin_of, len(negated))

    def _decided(self, by: str | None) -> tuple[Any, Any, Any]:
        prepared = self.prepared
        label, decision = prepared.label, prepared.decision
        classes = prepared.classes
        shift = 0 if by is None else prepared.group(by)[1] * classes
        cells = classes * (1 if by is None else len(prepared.group(by)[0]))
        hit = np.where(label == decision, label + shift, -1)
        return (
            self._count(hit, cells),
            self._count(label + shift, cells),
            self._count(decision + shift, cells),
        )

    def _curve(self, target: int | None) -> tuple[Floats, Any, Any]:
        ranking = self.prepared.ranking(target)
        bin_of, score = rank_bins(ranking, self.bins)
        positive = self._count(np.where(ranking.positive, bin_of, -1), len(score))
        negative = self._count(np.where(ranking.positive, -1, bin_of), len(score))
        return score, positive, negative

    def _count(self, cell: Integers, cells: int) -> Any:
        """[cells, units] counts; a negative cell is left out."""
        kept = cell >= 0
        weight = None if self.prepared.weight is None else self.prepared.weight[kept]
        cell, unit = cell[kept], self.unit[kept]
        if cells * self.units <= CELLS_PER_CASE * len(self.unit):
            flat = np.bincount(cell * self.units + unit, weight, minlength=cells * self.units)
            return flat.reshape(cells, self.units).astype(np.float64)
        ones = np.ones(len(cell)) if weight is None else weight
        return sparse.csr_matrix((ones, (cell, unit)), shape=(cells, self.units))

    def _once(self, key: object, compute: Callable[[], T]) -> T:
        if key not in self._cache:
            self._cache[key] = compute()
        found: T = self._cache[key]
        return found


class Sample:
    """r resamples, given by how often each unit was drawn: `weight` is [units, r]."""

    def __init__(self, basis: Basis, weight: Floats) -> None:
        self._basis = basis
        self._weight = weight
        self._curves: dict[int | None, Curve] = {}
        self._decided: dict[str | None, tuple[Floats, Floats, Floats]] = {}

    @property
    def evidence(self) -> Evidence:
        """The cases that were resampled, once each."""
        return self._basis.evidence

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return self._basis.prepared.classes

    def sum(self, values: RowValues, *arguments: object) -> Floats:
        """[r] sums over cases of `values(evidence, *arguments)`, a function of [n] values."""
        return self._basis.sums(values, *arguments) @ self._weight

    def mean(self, values: RowValues, *arguments: object) -> Floats:
        """[r] means over cases of `values(evidence, *arguments)`; NaN of no case."""
        size = self.size()
        return self.sum(values, *arguments) / np.where(size > 0, size, np.nan)

    def median(self, values: RowValues, *arguments: object) -> Floats:
        """[r] medians of `values(evidence, *arguments)`, halfway between the middle two."""
        value, count = self._basis.sorted(values, *arguments)
        upto = np.cumsum(count @ self._weight, axis=0)
        half = upto[-1] / 2
        lower = np.minimum((upto < half).sum(axis=0), len(value) - 1)
        upper = np.minimum((upto <= half).sum(axis=0), len(value) - 1)
        return np.where(half > 0, (value[lower] + value[upper]) / 2, np.nan)

    def size(self) -> Floats:
        """[r] numbers of cases."""
        return self._basis.sizes() @ self._weight

    def distinct(self, values: CodeValues, *arguments: object) -> Floats:
        """[r] how many different codes `values(evidence, *arguments)` holds, which is [n, k]; a
        negative one is none."""
        held = self._basis.held(values, *arguments)
        return np.asarray(np.count_nonzero(held @ self._weight, axis=0), dtype=np.float64)

    def counts(self, target: int) -> Counts:
        """Decisions for the class `target` against the rest."""
        hit, actual, predicted = self._tables(None)
        return Counts(hit[target], actual[target], predicted[target], self.size())

    def group_counts(self, target: int, by: str) -> tuple[Counts, ...]:
        """The same within each group of the column `by` that is large enough."""
        tables = [table[target :: self.classes] for table in self._tables(by)]
        totals = self._tables(by)[1].reshape(-1, self.classes, tables[0].shape[1]).sum(axis=1)
        judged = self._basis.prepared.judged(by)
        return tuple(Counts(tables[0][g], tables[1][g], tables[2][g], totals[g]) for g in judged)

    def curve(self, target: int) -> Curve:
        """Cases of the class `target` against the rest, by its probability."""
        return self._scored(target)

    def confidence(self) -> Curve:
        """Cases where the likeliest class was right against the rest, by its probability."""
        return self._scored(None)

    def _scored(self, target: int | None) -> Curve:
        if target not in self._curves:
            score, positive, negative = self._basis.curve(target)
            self._curves[target] = Curve(score, positive @ self._weight, negative @ self._weight)
        return self._curves[target]

    def _tables(self, by: str | None) -> tuple[Floats, Floats, Floats]:
        if by not in self._decided:
            hit, actual, predicted = (table @ self._weight for table in self._basis.decided(by))
            self._decided[by] = (hit, actual, predicted)
        return self._decided[by]

"""Event families: whatever the simple detectors of sequences find oddest, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import (
    Algorithm,
    Choice,
    Facts,
    Fit,
    FittedModel,
    Needs,
    Parameters,
    Space,
    Value,
)
from keel.train.algorithms.event_order import ALGORITHM as ORDER
from keel.train.algorithms.event_rates import ALGORITHM as RATES
from keel.train.algorithms.event_values import ALGORITHM as VALUES
from keel.train.algorithms.nearest_counts import ALGORITHM as NEAREST
from keel.train.algorithms.rare_counts import ALGORITHM as RARE
from keel.train.algorithms.unseen_event import ALGORITHM as UNSEEN
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.event_counts import no_sequence
from keel.train.models.linear import double, to_float
from keel.train.models.picks import Picks, facts_of
from keel.train.tail import Tail, fit_tail

Float64 = NDArray[np.float64]

FAMILIES = (UNSEEN, RARE, NEAREST, ORDER, RATES, VALUES)
PARTS = 4
"""Each row is scored by models that did not see it, so that their tails are honest."""

KNOTS, FURTHER = 48, 12
LEAST_GAP = 1e-6
RAREST = 1e-9
BEYOND = 1e-3
"""Beyond its last knot a score gains so much for each such distance between knots again."""


class EventFamilies:
    """Each detector's score becomes minus the decimal logarithm of how often normal sequences score
    as high, told from rows that it was not fitted on; a sequence scores as the largest of these.

    Source: combination by the most extreme p-value, Tippett (1931), The Methods of Statistics.
    """

    name = "event_families"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences."""
        return no_sequence(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """All of them, or those that do not look at how often an event comes."""
        return {"families": Choice(("all", "kinds"))}

    def fit(self, fit: Fit) -> FittedModel:
        """Fit every family on all rows, and on parts to learn its tail."""
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        families: Sequence[Algorithm] = FAMILIES
        if picks.word("families") == "kinds":
            families = (UNSEEN, RARE, ORDER, VALUES)
        parameters: dict[str, Value] = {"families": " ".join(f.name for f in families)}
        members = [
            Member.of(family.fit(_plain(fit)), _held_out(family, fit)) for family in families
        ]
        return FamiliesModel("anomaly", parameters, tuple(members))


@dataclass(frozen=True, eq=False)
class Member:
    """A fitted family and its scale: [k] rising scores and the surprise of each."""

    model: FittedModel
    knots: Float64
    surprise: Float64

    @classmethod
    def of(cls, model: FittedModel, scores: Float64) -> "Member":
        """From scores of rows that the family was not fitted on."""
        tail = fit_tail(scores)
        knots = _knots(tail)
        surprise = -np.log10(np.maximum(tail.rate(knots), RAREST))
        return cls(model, knots, np.maximum.accumulate(surprise))

    @property
    def slopes(self) -> tuple[Float64, Float64]:
        """[k] where slopes change, and by how much; beyond all knots a small one is left."""
        gaps = np.diff(self.knots)
        slope = np.append(np.diff(self.surprise) / gaps, BEYOND / gaps[-1])
        return self.knots, np.diff(slope, prepend=0.0)

    def surprises(self, scores: Float64) -> Float64:
        """[n] on the common scale: linear between knots."""
        places, changes = self.slopes
        above = np.maximum(scores[:, None] - places, 0.0)
        return np.asarray(above @ changes + self.surprise[0])


@dataclass(frozen=True, eq=False)
class FamiliesModel:
    """The families on one scale."""

    scores: Literal["anomaly"]
    parameters: Parameters
    members: Sequence[Member]

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] surprises of the family that finds most."""
        columns = [
            member.surprises(member.model.predict(matrix)[:, 0].astype(np.float64))
            for member in self.members
        ]
        return np.asarray(np.max(columns, axis=0)[:, None], dtype=np.float32)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        columns = []
        for member in self.members:
            places, changes = member.slopes
            score = double(graph, member.model.graph(graph, matrix))
            above = graph.node("Sub", score, graph.float64(places[None, :]))
            above = graph.node("Max", above, graph.float64(0.0))
            total = graph.node("MatMul", above, graph.float64(changes[:, None]))
            columns.append(graph.node("Add", total, graph.float64(member.surprise[0])))
        joined = graph.node("Concat", *columns, axis=1)
        return to_float(graph, graph.node("ReduceMax", joined, graph.int64([1]), keepdims=1))


def _plain(fit: Fit) -> Fit:
    return Fit(fit.matrix, fit.label, fit.weight, fit.classes, {}, fit.seed, fit.threads)


def _held_out(family: Algorithm, fit: Fit) -> Float64:
    """[n] scores of the fitting rows by models that did not see them; few rows are seen by all."""
    rows = np.arange(len(fit.matrix))
    if len(rows) < 2 * PARTS:
        return _scores(family, fit, rows, rows)
    part = rows * PARTS // len(rows)
    found = [_scores(family, fit, rows[part != i], rows[part == i]) for i in range(PARTS)]
    return np.concatenate(found)


def _scores(family: Algorithm, fit: Fit, on: NDArray[np.int64], of: NDArray[np.int64]) -> Float64:
    weight = None if fit.weight is None else fit.weight[on]
    part = Fit(fit.matrix.take(on), fit.label[on], weight, fit.classes, {}, fit.seed, fit.threads)
    scores = family.fit(part).predict(fit.matrix.take(of))
    return np.asarray(scores[:, 0], dtype=np.float64)


def _knots(tail: Tail) -> Float64:
    """[k] scores, rising, between which a surprise is linear: some of those seen, more of the high
    ones, and what lies beyond them."""
    count = len(tail.ordered)
    shares = np.concatenate([[1.0], np.geomspace(1.0, 0.5 / count, KNOTS)])
    seen = np.unique(np.quantile(tail.ordered, np.clip(1 - shares, 0, 1), method="higher"))
    gap = float(np.ptp(seen)) / (len(seen) - 1) if len(seen) > 1 else 1.0
    beyond = np.array([seen[-1] + gap])
    if tail.is_fitted:
        rates = np.geomspace(0.5 / count, RAREST, FURTHER)
        beyond = np.array([tail.threshold(rate) for rate in rates])
    knots = np.concatenate([seen, beyond[beyond > seen[-1]]])
    # Knots nearer than rounding would make slopes of nothing.
    kept = np.append(True, np.diff(knots) > LEAST_GAP * max(gap, abs(float(seen[-1]))))
    return np.asarray(knots[kept]) if kept.sum() > 1 else np.array([seen[0], seen[0] + gap])


ALGORITHM = EventFamilies()

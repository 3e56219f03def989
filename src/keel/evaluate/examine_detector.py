"""Everything a card shows of a detector's answers, with labels where there are some."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from keel.data.examples import Examples
from keel.evaluate.card.content import Confusion, ImportanceFacts
from keel.evaluate.card.points import ClassifyPoints
from keel.evaluate.curves import classify_points, confusion
from keel.evaluate.examine import Examination
from keel.evaluate.importance import Floats, Labels, permutation_importance
from keel.evaluate.slices import find_slices
from keel.metrics.bootstrap import estimates
from keel.metrics.evidence import Evidence
from keel.metrics.prepared import decided
from keel.spec.promise import Measure
from keel.train.export.predictor import Predictor
from keel.train.export.signature import Signature

WIDE = 1_000
"""Numbers that an answer takes, above which columns are shuffled on fewer rows."""


def examine_detector(
    predictor: Predictor,
    examples: Examples,
    evidence: Evidence,
    measures: Sequence[Measure],
    *,
    seed: int,
) -> Examination:
    """Examine a version by its evidence; row i of `examples` is case i of it.

    Figures that need labels or times where there are none are left out. Slices are compared by ROC
    AUC where both kinds of case are known, else by their share of alerts. A column is as important
    as shuffling it moves the ranks of the scores.
    """
    found = estimates(measures, evidence, seed=seed)
    figures = {str(m): e for m, e in zip(measures, found, strict=True) if e.n}
    known = np.ones(len(evidence), dtype=bool) if evidence.observed is None else evidence.observed
    rows = np.flatnonzero(known)
    both = len(np.unique(evidence.label[rows])) == 2
    importance = _importance(predictor, examples, evidence, seed)
    signature = predictor.signature
    if not both:
        slices = find_slices(
            Measure("alerts"), evidence, examples.columns, examples.frame, seed=seed
        )
        return Examination(figures, slices, importance, _answered(evidence, signature))
    judged = evidence.take(rows)
    slices = find_slices(
        Measure("roc_auc"), judged, examples.columns, examples.frame[rows], seed=seed
    )
    points = replace(
        classify_points(judged, signature.cuts), reliability=ClassifyPoints().reliability
    )
    table = confusion(judged, signature.actions, signature.act(judged.output))
    return Examination(figures, slices, importance, table, points)


def _answered(evidence: Evidence, signature: Signature) -> Confusion:
    """How many cases got which answer, whatever they were."""
    taken = signature.act(evidence.output)
    names = evidence.classes if taken is None else signature.actions
    codes = decided(evidence) if taken is None else taken
    counts = np.bincount(codes, minlength=len(names))
    return Confusion(("all cases",), names, [counts.tolist()])


def _importance(
    predictor: Predictor, examples: Examples, evidence: Evidence, seed: int
) -> ImportanceFacts:
    ordered = np.sort(evidence.output)

    def moved(score: Labels, other: Floats) -> Floats:
        ranks = np.searchsorted(ordered, score), np.searchsorted(ordered, other)
        return np.asarray(np.abs(ranks[0] - ranks[1]) / max(len(ordered), 1))

    importances = permutation_importance(
        lambda frame: predictor.predict(frame).output,
        examples.frame,
        evidence.output,
        moved,
        seed,
        repeats=2 if predictor.signature.held > WIDE else 5,
        max_rows=500 if predictor.signature.held > WIDE else 2000,
    )
    return ImportanceFacts("shift of the rank", importances)

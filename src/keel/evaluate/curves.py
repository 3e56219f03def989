"""Curves, confusion and residuals of evidence, as the few points that a chart draws."""

from collections.abc import Sequence

import numpy as np

from keel.evaluate.card.content import Confusion
from keel.evaluate.card.points import (
    ClassifyPoints,
    Curve,
    OperatingPoint,
    RegressPoints,
    Reliability,
    ResidualBin,
)
from keel.metrics import sample as resampled
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.interval import clopper_pearson
from keel.metrics.prepared import Prepared, classes_of, decided, score_of
from keel.metrics.sample import Basis, Sample
from keel.train.export.signature import Cut

POINTS = 200
CLASSES = 6
RELIABILITY_BINS = 10


def classify_points(evidence: Evidence, cuts: Sequence[Cut] = ()) -> ClassifyPoints:
    """Precision-recall, ROC, gain, lift and calibration of the positive class, or of each of the
    first six classes; at most 200 points a line, each of them a point of the exact curve.

    cuts: the thresholds whose place on the curves is told; without any, that of the decision.
    """
    if len(evidence) == 0:
        return ClassifyPoints()
    prepared = Prepared(evidence)
    names = evidence.classes or tuple(str(code) for code in range(prepared.classes))
    targets = (1,) if prepared.classes == 2 else tuple(range(prepared.classes))[:CLASSES]
    nothing = np.zeros(len(evidence), dtype=np.int64)
    sample = Sample(Basis(prepared, nothing, 1, None), np.ones((1, 1)))
    drawn = [(names[t], sample.curve(t)) for t in targets]
    drawn = [
        (name, curve) for name, curve in drawn if curve.positives[0] > 0 and curve.negatives[0] > 0
    ]
    binary = prepared.classes == 2
    return ClassifyPoints(
        precision_recall=[_precision_recall(*one) for one in drawn],
        roc=[_roc(*one) for one in drawn],
        gain=[_gain(*one) for one in drawn],
        lift=[_lift(*one) for one in drawn],
        reliability=[_reliability(*one) for one in drawn],
        prevalence=float(np.mean(evidence.label == 1)) if binary and len(evidence) else None,
        operating=_operating(evidence, cuts) if binary and drawn else (),
    )


def confusion(
    evidence: Evidence, actions: Sequence[str] = (), taken: Integers | None = None
) -> Confusion:
    """How often each class was decided for each, or each of the `actions` was taken: counts
    [class][answer]. taken: [n] numbers of the actions, None where they have no names."""
    classes = classes_of(evidence)
    names = evidence.classes or tuple(str(code) for code in range(classes))
    answers = names if taken is None else tuple(actions)
    answer = decided(evidence) if taken is None else taken
    cells = evidence.label.astype(np.int64) * len(answers) + answer
    counts = np.bincount(cells, minlength=classes * len(answers)).reshape(classes, -1)
    positive = names[1] if classes == 2 else None
    return Confusion(names, answers, counts.tolist(), positive=positive)


def regress_points(evidence: Evidence, *, seed: int = 0) -> RegressPoints:
    """A sample of 200 cases, and how actual minus predicted falls by tenths of the prediction."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(evidence))[:POINTS])
    predicted, actual = evidence.output, evidence.label.astype(np.float64)
    return RegressPoints(
        predicted=predicted[rows].tolist(),
        actual=actual[rows].tolist(),
        residuals=_residual_bins(predicted, actual - predicted),
    )


def _precision_recall(name: str, curve: resampled.Curve) -> Curve:
    found, wrong = curve.true_positives[:, 0], curve.false_positives[:, 0]
    recall, precision = found / found[-1], found / (found + wrong)
    rows = _spaced(recall, precision)
    return Curve(name, recall[rows].tolist(), precision[rows].tolist())


def _roc(name: str, curve: resampled.Curve) -> Curve:
    found, wrong = curve.true_positives[:, 0], curve.false_positives[:, 0]
    return _from_origin(name, wrong / wrong[-1], found / found[-1])


def _gain(name: str, curve: resampled.Curve) -> Curve:
    found, wrong = curve.true_positives[:, 0], curve.false_positives[:, 0]
    flagged = found + wrong
    return _from_origin(name, flagged / flagged[-1], found / found[-1])


def _lift(name: str, curve: resampled.Curve) -> Curve:
    found, wrong = curve.true_positives[:, 0], curve.false_positives[:, 0]
    flagged = found + wrong
    share, lift = flagged / flagged[-1], (found / flagged) / (found[-1] / flagged[-1])
    rows = _spaced(share, lift / lift.max())
    return Curve(name, share[rows].tolist(), lift[rows].tolist())


def _from_origin(name: str, x: Floats, y: Floats) -> Curve:
    rows = _spaced(x, y)[: POINTS - 1]
    return Curve(name, [0.0, *x[rows].tolist()], [0.0, *y[rows].tolist()])


def _spaced(x: Floats, y: Floats) -> Integers:
    """Rows at about equal steps along the line, the first and the last among them."""
    if len(x) <= POINTS - 1:
        return np.arange(len(x))
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    steps = np.linspace(0, length[-1], POINTS - 1)
    rows = np.unique(np.minimum(np.searchsorted(length, steps), len(x) - 1))
    rows[-1] = len(x) - 1
    return rows


def _reliability(name: str, curve: resampled.Curve) -> Reliability:
    """Bins that say equally much: with as many cases in each, a rare class would have all but one
    of them next to zero."""
    positive, here = curve.positive[::-1, 0], (curve.positive + curve.negative)[::-1, 0]
    score = curve.score[::-1]
    weight = here * score * (1 - score)
    weight = weight if weight.sum() > 0 else here
    upto = np.cumsum(weight)
    cell = np.minimum((upto - weight / 2) * RELIABILITY_BINS // upto[-1], RELIABILITY_BINS - 1)
    starts = np.flatnonzero(np.diff(cell, prepend=-1.0))
    counts = np.add.reduceat(here, starts)
    hits = np.add.reduceat(positive, starts)
    intervals = [clopper_pearson(h, n) for h, n in zip(hits, counts, strict=True)]
    return Reliability(
        name,
        predicted=(np.add.reduceat(score * here, starts) / counts).tolist(),
        observed=(hits / counts).tolist(),
        low=[low for low, _ in intervals],
        high=[high for _, high in intervals],
        counts=counts.astype(np.int64).tolist(),
    )


def _operating(evidence: Evidence, cuts: Sequence[Cut]) -> list[OperatingPoint]:
    score, positive = score_of(evidence, 1).astype(np.float32), evidence.label == 1
    points = [(cut.action, score >= np.float32(cut.threshold)) for cut in cuts]
    return [
        OperatingPoint(
            recall=np.count_nonzero(flagged & positive) / int(positive.sum()),
            precision=np.count_nonzero(flagged & positive) / int(flagged.sum()),
            false_positive_rate=np.count_nonzero(flagged & ~positive) / int((~positive).sum()),
            flagged=float(np.mean(flagged)),
            action=action,
        )
        for action, flagged in points or [("", decided(evidence) == 1)]
        if flagged.any()
    ]


def _residual_bins(predicted: Floats, residual: Floats) -> list[ResidualBin]:
    if len(predicted) == 0:
        return []
    cuts = np.unique(np.quantile(predicted, np.arange(1, 10) / 10))
    cell = np.searchsorted(cuts, predicted, side="right")
    bins = []
    for code in np.unique(cell):
        inside = cell == code
        quantiles = np.quantile(residual[inside], [0.1, 0.25, 0.5, 0.75, 0.9]).tolist()
        low, high = float(predicted[inside].min()), float(predicted[inside].max())
        bins.append(ResidualBin(low, high, int(inside.sum()), *quantiles))
    return bins

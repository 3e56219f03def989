"""Expected calibration error: how far probabilities are from what happens."""

import numpy as np

from keel.metrics.classes import ratio, target_class
from keel.metrics.evidence import Floats
from keel.metrics.metric import CLASSIFY, Metric
from keel.metrics.sample import Curve, Sample
from keel.spec.promise import Measure

BINS = 15


def calibration_error(curve: Curve) -> Floats:
    """[r] gap between mean score and share of positives, averaged over 15 bins of equal width."""
    error: Floats = np.abs(_gaps(curve)).sum(axis=0)
    return error


def _values(sample: Sample, measure: Measure) -> Floats:
    return calibration_error(_curve(sample, measure))


def _noise(resamples: Sample, everything: Sample, measure: Measure) -> Floats:
    drawn, whole = (_gaps(_curve(sample, measure)) for sample in (resamples, everything))
    norm: Floats = np.abs(drawn - whole).sum(axis=0)
    return norm


def _curve(sample: Sample, measure: Measure) -> Curve:
    target = target_class(sample.evidence, measure)
    return sample.confidence() if target is None else sample.curve(target)


def _gaps(curve: Curve) -> Floats:
    """[c, r] each bin's part of the gap, with its sign."""
    here = curve.positive + curve.negative
    gap = curve.score[:, None] * here - curve.positive
    cell = np.minimum((curve.score * BINS).astype(np.int64), BINS - 1)
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    return ratio(np.add.reduceat(gap, starts, axis=0), here.sum(axis=0))


METRIC = Metric(
    name="expected_calibration_error",
    tasks=CLASSIFY,
    better="lower",
    values=_values,
    noise=_noise,
    no_sequence="few cases raise it, by an amount that shrinks as cases come",
    definition=(
        "mean gap between probability and observed share over 15 bins of equal width, of the "
        "positive class, or of the likeliest class when there are more than two; few cases raise "
        "it, which its interval allows for"
    ),
    source="Guo et al. 2017, On Calibration of Modern Neural Networks, ICML, equation 3",
)

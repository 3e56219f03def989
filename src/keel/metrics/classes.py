"""Which class a classification metric is about, and the mean over classes where it is all."""

from collections.abc import Callable

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.prepared import Prepared, classes_of
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def target_class(evidence: Evidence, measure: Measure) -> int | None:
    """The code of the class asked for, of the positive class of two, or None for all classes."""
    if measure.for_class is not None:
        return evidence.classes.index(measure.for_class)
    return 1 if classes_of(evidence) == 2 else None


def over_classes(sample: Sample, measure: Measure, figure: Callable[[int], Floats]) -> Floats:
    """[r] `figure` of the one class asked about, else its mean over the classes that have one."""
    target = target_class(sample.evidence, measure)
    if target is not None:
        return figure(target)
    figures = np.stack([figure(code) for code in range(sample.classes)])
    exists = ~np.isnan(figures)
    return ratio(np.where(exists, figures, 0.0).sum(axis=0), exists.sum(axis=0))


def pulls_over_classes(
    prepared: Prepared, measure: Measure, pulls: Callable[[int], tuple[float, Floats]]
) -> tuple[float, Floats]:
    """`pulls` of the one class asked about, else their means over the classes with a figure."""
    target = target_class(prepared.evidence, measure)
    targets = range(prepared.classes) if target is None else (target,)
    found = [one for one in map(pulls, targets) if not np.isnan(one[0])]
    if not found:
        return float("nan"), np.full(len(prepared.evidence), np.nan)
    figures, each = zip(*found, strict=True)
    return float(np.mean(figures)), np.mean(each, axis=0)


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where `below` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def rarer_size(evidence: Evidence, measure: Measure) -> int:
    """How many cases the rarer of two sides has, or the middle one of several classes."""
    target = target_class(evidence, measure)
    if target is None:
        counts = np.bincount(evidence.label.astype(np.int64))
        return int(np.median(counts[counts > 0]))
    positives = int(np.count_nonzero(evidence.label == target))
    return min(positives, len(evidence) - positives)

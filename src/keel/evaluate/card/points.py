"""The points that a card's charts are drawn from. A chart draws at most 200 points of a line."""

from collections.abc import Sequence
from dataclasses import dataclass

Numbers = Sequence[float]


@dataclass(frozen=True, eq=False)
class Curve:
    """A line through (x, y), in drawing order. low, high: a band around y, or None."""

    name: str
    x: Numbers
    y: Numbers
    low: Numbers | None = None
    high: Numbers | None = None


@dataclass(frozen=True, eq=False)
class Reliability:
    """Bins of predicted probability: their mean prediction, share that came true, its interval,
    and how many cases each holds. All of equal length, ascending."""

    name: str
    predicted: Numbers
    observed: Numbers
    low: Numbers
    high: Numbers
    counts: Sequence[int]


@dataclass(frozen=True)
class OperatingPoint:
    """Where a frozen threshold puts the version on its curves, all in [0, 1]. action: what is done
    from there on, empty where it has no name."""

    recall: float
    precision: float
    false_positive_rate: float
    flagged: float
    action: str = ""


@dataclass(frozen=True, eq=False)
class ClassifyPoints:
    """Curves of the positive class, or one per class where there are several (the card draws the
    first six). precision_recall: x recall. roc: x false positive rate. gain: x share of cases
    taken by falling score, y share of positives found. lift: the same x, y times the prevalence.
    """

    precision_recall: Sequence[Curve] = ()
    roc: Sequence[Curve] = ()
    gain: Sequence[Curve] = ()
    lift: Sequence[Curve] = ()
    reliability: Sequence[Reliability] = ()
    prevalence: float | None = None
    operating: Sequence[OperatingPoint] = ()


@dataclass(frozen=True)
class ResidualBin:
    """Residuals (actual minus predicted) of the cases in one decile of the prediction."""

    low: float
    high: float
    n: int
    p10: float
    p25: float
    median: float
    p75: float
    p90: float


@dataclass(frozen=True, eq=False)
class RegressPoints:
    """predicted, actual: [n] of a sample of cases, the card draws at most 200. unit: of the label,
    if known."""

    predicted: Numbers
    actual: Numbers
    residuals: Sequence[ResidualBin] = ()
    unit: str = ""

"""The charts of a card: which are drawn from what it holds, each with how to read it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from keel.evaluate.card.content import (
    Candidate,
    CardContent,
    LearningFacts,
    SliceFacts,
    TrainingFacts,
)
from keel.evaluate.card.interval_plot import bar_plot, shared_plot
from keel.evaluate.card.line_chart import MOST_CURVES, Axes, Mark, line_chart
from keel.evaluate.card.points import ClassifyPoints, Curve
from keel.evaluate.card.regression_chart import residual_chart, scatter_chart
from keel.evaluate.card.reliability_chart import reliability_chart
from keel.evaluate.card.words import share, spoken
from keel.evaluate.importance import Importance

CHOSEN = "threshold"


@dataclass(frozen=True)
class Chart:
    """A drawing, its title, how to read it, and the names of its lines if there are several."""

    title: str
    reading: str
    drawing: Markup
    legend: tuple[str, ...] = ()


def charts(content: CardContent) -> list[Chart]:
    """The charts of the answers: curves of classes, or predictions of a value."""
    if content.classify is not None:
        return curve_charts(content.classify)
    return regression_charts(content)


def curve_charts(points: ClassifyPoints) -> list[Chart]:
    """Precision and recall, ROC, calibration, gain and lift: those that have points."""
    charts = [
        _precision_recall(points),
        _roc(points),
        _calibration(points),
        _gain(points),
        _lift(points),
    ]
    return [chart for chart in charts if chart.drawing]


def regression_charts(content: CardContent) -> list[Chart]:
    """Actual against predicted, and residuals."""
    if content.regress is None:
        return []
    charts = [
        Chart(
            "Actual and predicted",
            "Each dot is a case of the test part; on the diagonal the answer is right.",
            scatter_chart(content.regress),
        ),
        Chart(
            "Residuals",
            "By decile of the prediction: median, middle half, middle 80 %. Away from zero the "
            "answer is off to one side there.",
            residual_chart(content.regress.residuals),
        ),
    ]
    return [chart for chart in charts if chart.drawing]


def learning_chart(facts: LearningFacts) -> Chart | None:
    """Scores on fitted and on unseen rows, over the number of rows fitted on."""
    curve = facts.curve
    if not curve.sizes:
        return None
    sizes = [float(size) for size in curve.sizes]
    band = facts.errors if len(facts.errors) == len(sizes) else [0.0] * len(sizes)
    unseen = Curve(
        "unseen rows",
        sizes,
        curve.validation,
        [v - 1.96 * e for v, e in zip(curve.validation, band, strict=True)],
        [v + 1.96 * e for v, e in zip(curve.validation, band, strict=True)],
    )
    fitted = Curve("rows fitted on", sizes, curve.train)
    baseline = (
        None
        if facts.baseline is None or not math.isfinite(facts.baseline)
        else Curve("baseline", (sizes[0], sizes[-1]), (facts.baseline, facts.baseline))
    )
    axes = Axes("rows fitted on", spoken(facts.metric), x_range=(sizes[0], sizes[-1]), y_range=None)
    if sizes[-1] > 4 * sizes[0]:
        axes = Axes(axes.x, axes.y, axes.x_range, None, log_x=True)
    drawing = line_chart("Score over rows", (unseen, fitted), axes, reference=baseline, dots=True)
    return Chart("", "", drawing, (unseen.name, fitted.name))


def importance_plots(entries: Sequence[Importance]) -> list[Markup]:
    """A bar per entry, on one scale."""
    ends = [v for e in entries for v in (e.rise.low, e.rise.high, e.rise.value) if math.isfinite(v)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return [
        bar_plot(e.rise.value, e.rise.low, e.rise.high, lowest=low, highest=high) for e in entries
    ]


def slice_plots(facts: SliceFacts, most: int) -> list[Markup]:
    """An interval per slice, on one scale, the line through them being the overall value."""
    shown = [one.estimate for one in facts.slices[:most]]
    ends = [v for e in (*shown, facts.overall) for v in (e.low, e.high) if math.isfinite(v)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    mark = facts.overall.value if math.isfinite(facts.overall.value) else None
    return [shared_plot(e.value, e.low, e.high, lowest=low, highest=high, mark=mark) for e in shown]


def candidate_plots(facts: TrainingFacts) -> list[Markup]:
    """Score ± one standard error per candidate that was tried; the line is one standard error
    from the best."""
    scored = [c for c in facts.tried if c.score is not None and math.isfinite(c.score)]
    if not scored:
        return [Markup() for _ in facts.tried]
    sign = 1.0 if facts.better == "higher" else -1.0
    best = max(scored, key=lambda c: sign * (c.score or 0.0))
    within = (best.score or 0.0) - sign * (best.se or 0.0)
    ends = [v for c in scored for v in _ends(c)]
    low, high = _without_the_far(ends, sign)
    return [
        shared_plot(c.score, *_ends(c), lowest=low, highest=high, mark=within)
        if c.score is not None
        else Markup()
        for c in facts.tried
    ]


def _precision_recall(points: ClassifyPoints) -> Chart:
    base = points.prevalence
    drawing = line_chart(
        "Precision against recall",
        points.precision_recall,
        Axes("recall", "precision"),
        marks=[Mark(at.recall, at.precision, at.action or CHOSEN) for at in points.operating],
        reference=None if base is None else Curve(f"no skill, {share(base)}", (0, 1), (base, base)),
    )
    reading = "Of those flagged, the share that is right; of those to be found, the share that is."
    return Chart("Precision and recall", reading, drawing, _legend(points.precision_recall))


def _roc(points: ClassifyPoints) -> Chart:
    drawing = line_chart(
        "True positive rate against false positive rate",
        points.roc,
        Axes("false positive rate", "true positive rate"),
        marks=[
            Mark(at.false_positive_rate, at.recall, at.action or CHOSEN) for at in points.operating
        ],
        reference=Curve("chance", (0, 1), (0, 1)),
    )
    reading = "True alarms against false alarms, over every threshold."
    return Chart("ROC", reading, drawing, _legend(points.roc))


def _calibration(points: ClassifyPoints) -> Chart:
    drawn = points.reliability[:MOST_CURVES]
    reading = (
        "On the dotted line, a probability of 0.3 comes true three times in ten; below it, "
        "less often."
    )
    names = tuple(one.name for one in drawn) if len(drawn) > 1 else ()
    return Chart("Calibration", reading, reliability_chart(drawn), names)


def _gain(points: ClassifyPoints) -> Chart:
    drawing = line_chart(
        "Share of positives found against share of cases taken",
        points.gain,
        Axes("share of cases taken", "share of positives found"),
        marks=[Mark(at.flagged, at.recall, at.action or CHOSEN) for at in points.operating],
        reference=Curve("taken at random", (0, 1), (0, 1)),
    )
    reading = "Taking the highest scores first: the share of all positives found."
    return Chart("Gain", reading, drawing, _legend(points.gain))


def _lift(points: ClassifyPoints) -> Chart:
    drawing = line_chart(
        "Lift against share of cases taken",
        points.lift,
        Axes("share of cases taken", "times as many", y_range=_from_zero(points.lift)),
        reference=Curve("", (0, 1), (1, 1)),
    )
    reading = "How many times more positives than in as many cases taken at random (dotted)."
    return Chart("Lift", reading, drawing, _legend(points.lift))


def _ends(candidate: Candidate) -> tuple[float, float]:
    score, error = candidate.score or 0.0, candidate.se or 0.0
    return score - error, score + error


def _without_the_far(ends: Sequence[float], sign: float) -> tuple[float, float]:
    """The range of the better half and half as much again, so that one hopeless candidate does not
    squeeze all others into one spot."""
    ordered = sorted(ends, key=lambda end: -sign * end)
    best, middle = ordered[0], ordered[len(ordered) // 2]
    reach = 1.5 * abs(best - middle) or abs(best) or 1.0
    worst = ordered[-1] if abs(best - ordered[-1]) <= reach else best - sign * reach
    return min(best, worst), max(best, worst)


def _legend(curves: Sequence[Curve]) -> tuple[str, ...]:
    return tuple(curve.name for curve in curves[:MOST_CURVES]) if len(curves) > 1 else ()


def _from_zero(curves: Sequence[Curve]) -> tuple[float, float]:
    values = [v for curve in curves for v in curve.y if math.isfinite(v)]
    return 0.0, 1.05 * max(values, default=1.0)

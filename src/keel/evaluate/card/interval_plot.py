"""A value and its interval on a line, against a bar or a baseline."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from keel.evaluate.card.content import Figure, PromiseFact
from keel.evaluate.card.svg import Scale, drawing, element, line, path
from keel.evaluate.card.words import interval, number

WIDTH, HEIGHT, MIDDLE, EDGE = 220.0, 30.0, 15.0, 7.0


def promise_plot(promise: PromiseFact) -> Markup:
    """The interval of a promise; the wash is the side of the bar that keeps it.

    Each plot has its own scale, which always shows the whole interval and the bar.
    """
    value, bar = promise.value, promise.bar
    if value is None or bar is None or not math.isfinite(value) or not math.isfinite(bar):
        return Markup()
    low, high = _finite(promise.low, value), _finite(promise.high, value)
    reach = max(high, bar, value) - min(low, bar, value) or abs(bar) or 1.0
    scale = Scale(
        min(low, bar, value) - 0.25 * reach,
        max(high, bar, value) + 0.25 * reach,
        EDGE,
        WIDTH - EDGE,
    )
    at = scale(bar)
    rising = promise.comparison in (">=", ">")
    start, end = (at, WIDTH) if rising else (0.0, at)
    return drawing(
        WIDTH,
        HEIGHT,
        f"{number(value)}, interval {interval(promise.low, promise.high)}, bar {bar:g}",
        element("rect", x=start, y=2.0, width=end - start, height=HEIGHT - 4, class_="good-side"),
        line(0, MIDDLE, WIDTH, MIDDLE, "track"),
        line(at, 1, at, HEIGHT - 1, "bar"),
        *_whisker(scale, value, low, high, promise.outcome),
        class_="interval",
    )


def how_to_read(figures: Sequence[Figure]) -> str:
    """What the lines of these figures show."""
    told = ["Lines run from 0 to 1, or from 0 to just past what is drawn on them."]
    if any(figure.better == "zero" for figure in figures):
        told.append("Where zero is best it lies in the middle.")
    if any(figure.baseline is not None for figure in figures):
        told.append(
            "The short stroke is the baseline: an answer that looks at no column, cross-validated "
            "on the training rows."
        )
    if any(figure.better == "lower" for figure in figures):
        told.append("↓ lower is better.")
    return " ".join(told)


def figure_plot(figure: Figure) -> Markup:
    """The interval of a metric, the short stroke being the baseline: from 0 to 1 where higher is
    better and 1 the most, else from 0 to what it and its baseline reach; zero is in the middle
    where it is best."""
    estimate = figure.estimate
    if not math.isfinite(estimate.value):
        return Markup()
    low, high = _finite(estimate.low, estimate.value), _finite(estimate.high, estimate.value)
    baseline = figure.baseline if figure.baseline is not None else estimate.value
    baseline = baseline if math.isfinite(baseline) else estimate.value
    lowest, highest = min(0.0, low, baseline), max(high, baseline)
    top = 1.0 if figure.better == "higher" and highest <= 1 else highest * 1.05
    if figure.better == "zero":
        top = 1.05 * max(abs(lowest), abs(highest))
        lowest = -top
    scale = Scale(lowest, top or 1.0, EDGE, WIDTH - EDGE)
    at = scale(baseline)
    stroke = [line(at, 7, at, HEIGHT - 7, "baseline")] if figure.baseline is not None else []
    if figure.better == "zero":
        stroke.append(line(scale(0.0), 7, scale(0.0), HEIGHT - 7, "zero"))
    return drawing(
        WIDTH,
        HEIGHT,
        f"{number(estimate.value)}, interval {interval(estimate.low, estimate.high)}, "
        f"on a line from {number(lowest)} to {number(top)}",
        line(EDGE, MIDDLE, WIDTH - EDGE, MIDDLE, "track"),
        line(EDGE, MIDDLE - 3, EDGE, MIDDLE + 3, "track"),
        line(WIDTH - EDGE, MIDDLE - 3, WIDTH - EDGE, MIDDLE + 3, "track"),
        *stroke,
        *_whisker(scale, estimate.value, low, high, "plain"),
        class_="interval",
    )


def shared_plot(
    value: float, low: float, high: float, *, lowest: float, highest: float, mark: float | None
) -> Markup:
    """The interval on a scale shared by a column of plots, `mark` being a line through them all.

    A value off the scale becomes an arrow at the edge it lies beyond.
    """
    if not math.isfinite(value):
        return Markup()
    reach = (highest - lowest) * 0.03 or 1.0
    scale = Scale(lowest - reach, highest + reach, EDGE, WIDTH - EDGE)
    through = [] if mark is None else [line(scale(mark), 0, scale(mark), HEIGHT, "through")]
    if lowest <= value <= highest:
        drawn = _whisker(scale, value, _finite(low, value), _finite(high, value), "plain")
    else:
        drawn = [_arrow(left=value < lowest)]
    return drawing(
        WIDTH,
        HEIGHT,
        f"{number(value)}, interval {interval(low, high)}",
        line(0, MIDDLE, WIDTH, MIDDLE, "track"),
        *through,
        *drawn,
        class_="interval",
    )


def bar_plot(value: float, low: float, high: float, *, lowest: float, highest: float) -> Markup:
    """A bar from zero to the value with its interval, on a scale shared by a column of bars."""
    if not math.isfinite(value):
        return Markup()
    scale = Scale(min(lowest, 0.0), max(highest, 0.0) or 1.0, EDGE, WIDTH - EDGE)
    zero, end = scale(0.0), scale(value)
    return drawing(
        WIDTH,
        HEIGHT,
        f"{number(value)}, interval {interval(low, high)}",
        element(
            "rect", x=min(zero, end), y=8.0, width=abs(end - zero), height=14.0, class_="amount"
        ),
        line(zero, 3, zero, HEIGHT - 3, "zero"),
        line(scale(_finite(low, value)), MIDDLE, scale(_finite(high, value)), MIDDLE, "spread"),
        class_="interval",
    )


def _whisker(scale: Scale, value: float, low: float, high: float, look: str) -> list[Markup]:
    left, right, at = scale.clamp(low), scale.clamp(high), scale(value)
    return [
        line(left, MIDDLE, right, MIDDLE, f"whisker {look}"),
        line(left, MIDDLE - 4, left, MIDDLE + 4, f"cap {look}"),
        line(right, MIDDLE - 4, right, MIDDLE + 4, f"cap {look}"),
        element("circle", cx=at, cy=MIDDLE, r=4.5, class_=f"dot {look}"),
    ]


def _arrow(*, left: bool) -> Markup:
    tip, back = (0.0, 8.0) if left else (WIDTH, WIDTH - 8)
    points = [(tip, MIDDLE), (back, MIDDLE - 5), (back, MIDDLE + 5)]
    return path(points, "beyond", closed=True)


def _finite(value: float | None, instead: float) -> float:
    return value if value is not None and math.isfinite(value) else instead

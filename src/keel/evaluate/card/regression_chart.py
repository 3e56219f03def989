"""Regression: actual against predicted values, and residuals over the range of predictions."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from keel.evaluate.card.line_chart import HEIGHT, LEFT, RIGHT, TOP, WIDTH, beside, frame
from keel.evaluate.card.points import RegressPoints, ResidualBin
from keel.evaluate.card.svg import Scale, drawing, element, line, path, text, tick_text
from keel.evaluate.card.words import count, number

FLOOR = HEIGHT - 44.0
MOST_POINTS = 200
MOST_BINS = 20


def scatter_chart(points: RegressPoints) -> Markup:
    """At most 200 cases, spread evenly over the predictions; the diagonal is a perfect answer."""
    pairs = sorted(
        (float(p), float(a))
        for p, a in zip(points.predicted, points.actual, strict=True)
        if math.isfinite(p) and math.isfinite(a)
    )
    if not pairs:
        return Markup()
    if len(pairs) > MOST_POINTS:
        step = (len(pairs) - 1) / (MOST_POINTS - 1)
        pairs = [pairs[round(index * step)] for index in range(MOST_POINTS)]
    low = min(min(pair) for pair in pairs)
    high = max(max(pair) for pair in pairs)
    edge = 0.04 * (high - low) or 0.5
    x = Scale(low - edge, high + edge, LEFT, WIDTH - RIGHT)
    y = Scale(low - edge, high + edge, FLOOR, TOP)
    unit = f" ({points.unit})" if points.unit else ""
    return drawing(
        WIDTH,
        HEIGHT,
        "Actual against predicted",
        *frame(x, y, f"predicted{unit}", f"actual{unit}"),
        path([(x(x.low), y(y.low)), (x(x.high), y(y.high))], "reference"),
        *[element("circle", cx=x(p), cy=y(a), r=2.5, class_="case") for p, a in pairs],
        beside((x(x.low), y(y.low)), (x(x.high), y(y.high)), "perfect"),
        class_="chart",
    )


def residual_chart(bins: Sequence[ResidualBin]) -> Markup:
    """Per decile of the prediction: the median residual, the middle half, the middle 80 %."""
    shown = bins[:MOST_BINS]
    if not shown:
        return Markup()
    low, high = min(one.p10 for one in shown), max(one.p90 for one in shown)
    edge = 0.06 * (max(high, 0.0) - min(low, 0.0)) or 0.5
    y = Scale(min(low, 0.0) - edge, max(high, 0.0) + edge, FLOOR, TOP)
    x = Scale(0.5, len(shown) + 0.5, LEFT, WIDTH - RIGHT)
    parts = frame(x, y, "prediction, from lowest to highest", "actual minus predicted", x_ticks=[])
    parts.append(line(x.start, y(0.0), x.end, y(0.0), "zero"))
    half = min(12.0, (x(2.0) - x(1.0)) * 0.3)
    for place, one in enumerate(shown, start=1):
        parts.append(_box(one, x(float(place)), y, half))
        if place in (1, len(shown)) or len(shown) <= 5:
            middle = (one.low + one.high) / 2
            parts.append(
                text(
                    x(place),
                    FLOOR + 18,
                    tick_text(float(f"{middle:.3g}")),
                    class_="tick",
                    anchor="middle",
                )
            )
    return drawing(WIDTH, HEIGHT, "Residuals by decile of the prediction", *parts, class_="chart")


def _box(one: ResidualBin, at: float, y: Scale, half: float) -> Markup:
    words = (
        f"predictions {number(one.low)} to {number(one.high)}, {count(one.n)} cases: "
        f"median residual {number(one.median)}, middle half {number(one.p25)} to "
        f"{number(one.p75)}"
    )
    return element(
        "g",
        element("title", words),
        line(at, y(one.p10), at, y(one.p90), "spread s1"),
        element(
            "rect",
            x=at - half,
            y=y(one.p75),
            width=2 * half,
            height=max(y(one.p25) - y(one.p75), 1.0),
            class_="box",
        ),
        line(at - half, y(one.median), at + half, y(one.median), "median"),
    )

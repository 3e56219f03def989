"""Calibration: what came true against what was predicted, and how many cases say so."""

from collections.abc import Sequence

from markupsafe import Markup

from keel.evaluate.card.line_chart import (
    HEIGHT,
    LEFT,
    MOST_CURVES,
    RIGHT,
    TOP,
    WIDTH,
    level_axis,
    upright_axis,
)
from keel.evaluate.card.points import Reliability
from keel.evaluate.card.svg import Scale, drawing, element, line, path, text
from keel.evaluate.card.words import count, number, plural

FLOOR = HEIGHT - 44.0
COUNTS_TOP = FLOOR - 42.0
MOST_BINS = 40


def reliability_chart(bins: Sequence[Reliability]) -> Markup:
    """Observed against predicted probability with intervals; below, the number of cases per bin
    of the first class, in words where all bins hold about the same. Perfect calibration is the
    faint diagonal. Both axes end at 1, or sooner where everything is small."""
    drawn = [one for one in bins[:MOST_CURVES] if len(one.predicted)]
    if not drawn:
        return Markup()
    top = _top(drawn)
    x = Scale(0.0, top, LEFT, WIDTH - RIGHT)
    even = 2 * min(drawn[0].counts) > max(drawn[0].counts)
    y = Scale(0.0, top, FLOOR if even else COUNTS_TOP - 12, TOP)
    parts = [
        *upright_axis(x, y, "share that came true"),
        *level_axis(x, FLOOR, "predicted probability"),
        path([(x(0), y(0)), (x(top), y(top))], "reference"),
    ]
    for place, one in enumerate(drawn, start=1):
        parts += _series(one, x, y, place, whiskers=len(drawn) == 1)
    parts += [_about(drawn[0], x)] if even else _counts(drawn[0], x)
    return drawing(WIDTH, HEIGHT, "Observed against predicted", *parts, class_="chart")


def _top(drawn: Sequence[Reliability]) -> float:
    largest = max(max(*one.predicted, *one.observed, 0.0) for one in drawn)
    return 1.0 if not largest <= 0.4 else max(1.25 * largest, 1e-4)


def _series(one: Reliability, x: Scale, y: Scale, place: int, *, whiskers: bool) -> list[Markup]:
    points = [
        (x.clamp(p), y.clamp(o))
        for p, o in list(zip(one.predicted, one.observed, strict=True))[:MOST_BINS]
    ]
    parts = [path(points, f"line s{place}")]
    if whiskers:
        parts += [
            line(at, y.clamp(low), at, y.clamp(high), f"spread s{place}")
            for (at, _), low, high in zip(points, one.low, one.high, strict=False)
        ]
    for (at, height), predicted, observed, cases in zip(
        points, one.predicted, one.observed, one.counts, strict=False
    ):
        words = f"predicted {number(predicted)}, came true {number(observed)}, {count(cases)} cases"
        parts.append(
            element(
                "circle",
                element("title", words),
                cx=at,
                cy=height,
                r=3.5,
                class_=f"point s{place}",
            )
        )
    return parts


def _about(one: Reliability, x: Scale) -> Markup:
    middle = sorted(one.counts)[len(one.counts) // 2]
    words = f"{plural(len(one.counts), 'bin')} of about {plural(middle, 'case')}"
    return text(x.end, FLOOR - 8, words, class_="remark", anchor="end")


def _counts(one: Reliability, x: Scale) -> list[Markup]:
    most = max(max(one.counts, default=0), 1)
    height = Scale(0.0, float(most), FLOOR, COUNTS_TOP + 4)
    parts = [
        element(
            "rect",
            element("title", f"{count(cases)} cases around {number(predicted)}"),
            x=x.clamp(predicted) - 4.0,
            y=height(cases),
            width=8.0,
            height=max(FLOOR - height(cases), 0.6 if cases else 0.0),
            class_="count",
        )
        for predicted, cases in list(zip(one.predicted, one.counts, strict=True))[:MOST_BINS]
    ]
    middle = (FLOOR + COUNTS_TOP) / 2
    parts.append(
        text(x.end, middle - 8, f"cases (most {count(most)})", class_="tick", anchor="end")
    )
    return parts

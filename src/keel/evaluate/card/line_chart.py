"""Lines in a frame: precision and recall, ROC, gain, lift, learning."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from keel.evaluate.card.points import Curve
from keel.evaluate.card.svg import Scale, drawing, element, line, path, text, tick_text, ticks

WIDTH, HEIGHT = 340.0, 290.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 12.0, 32.0, 44.0
MOST_POINTS = 200
MOST_CURVES = 6


@dataclass(frozen=True)
class Mark:
    """A labelled point: where the frozen threshold lies."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Axes:
    """Names of the axes, and their ranges where the data does not settle them."""

    x: str
    y: str
    x_range: tuple[float, float] | None = (0.0, 1.0)
    y_range: tuple[float, float] | None = (0.0, 1.0)
    log_x: bool = False


def line_chart(
    title: str,
    curves: Sequence[Curve],
    axes: Axes,
    *,
    marks: Sequence[Mark] = (),
    reference: Curve | None = None,
    dots: bool = False,
) -> Markup:
    """Up to six lines, each with its own colour and dash, at most 200 points each.

    reference: a faint line named in the chart (chance, the prevalence). Empty without points.
    """
    drawn = [thin(curve) for curve in curves[:MOST_CURVES] if len(curve.x)]
    if not drawn:
        return Markup()
    everything = [*drawn, *([reference] if reference else [])]
    x_range = axes.x_range or _span([v for curve in everything for v in curve.x])
    y_range = axes.y_range or _span(
        [v for c in everything for v in (*c.y, *(c.low or ()), *(c.high or ()))]
    )
    x = Scale(*x_range, LEFT, WIDTH - RIGHT, log=axes.log_x)
    y = Scale(*y_range, HEIGHT - BOTTOM, TOP)
    at = list(drawn[0].x) if axes.log_x else None
    parts = [*frame(x, y, axes.x, axes.y, x_ticks=at), *_reference(reference, x, y)]
    for place, curve in enumerate(drawn, start=1):
        parts += _curve(curve, x, y, place, dots=dots)
    for mark in marks:
        parts += _mark(mark, x, y)
    return drawing(WIDTH, HEIGHT, title, *parts, class_="chart")


def frame(
    x: Scale, y: Scale, x_name: str, y_name: str, *, x_ticks: Sequence[float] | None = None
) -> list[Markup]:
    """Faint horizontal rules, ticks and the names of both axes; no box."""
    return [*upright_axis(x, y, y_name), *level_axis(x, y.start, x_name, x_ticks)]


def upright_axis(x: Scale, y: Scale, name: str) -> list[Markup]:
    """The rules and numbers of y, across the width of x, and above them its name."""
    parts = []
    for value in ticks(y.low, y.high):
        at = y(value)
        parts.append(line(x.start, at, x.end, at, "rule"))
        parts.append(text(x.start - 8, at + 4, tick_text(value), class_="tick", anchor="end"))
    parts.append(text(0.0, TOP - 20, name, class_="name"))
    return parts


def level_axis(
    x: Scale, floor: float, name: str, at: Sequence[float] | None = None
) -> list[Markup]:
    """The line, numbers and name of x at the height `floor`; `at` says where the numbers are."""
    parts = [line(x.start, floor, x.end, floor, "axis")]
    for value in at if at is not None else ticks(x.low, x.high):
        parts.append(line(x(value), floor, x(value), floor + 4, "axis"))
        parts.append(text(x(value), floor + 18, tick_text(value), class_="tick", anchor="middle"))
    middle = (x.start + x.end) / 2
    parts.append(text(middle, floor + 38, name, class_="name", anchor="middle"))
    return parts


def thin(curve: Curve, most: int = MOST_POINTS) -> Curve:
    """The curve with at most `most` points, kept where it moves: equal steps along its length."""
    keep = [
        i for i in range(len(curve.x)) if math.isfinite(curve.x[i]) and math.isfinite(curve.y[i])
    ]
    if len(keep) > most:
        keep = _along(keep, curve, most)
    return Curve(
        curve.name,
        [float(curve.x[i]) for i in keep],
        [float(curve.y[i]) for i in keep],
        None if curve.low is None else [float(curve.low[i]) for i in keep],
        None if curve.high is None else [float(curve.high[i]) for i in keep],
    )


def _along(keep: Sequence[int], curve: Curve, most: int) -> list[int]:
    wide = max(curve.x[i] for i in keep) - min(curve.x[i] for i in keep) or 1.0
    tall = max(curve.y[i] for i in keep) - min(curve.y[i] for i in keep) or 1.0
    gone = [0.0]
    for before, after in pairwise(keep):
        across = (curve.x[after] - curve.x[before]) / wide
        gone.append(gone[-1] + math.hypot(across, (curve.y[after] - curve.y[before]) / tall))
    step, chosen = gone[-1] / (most - 2), [keep[0]]
    due = step
    for place, length in enumerate(gone[1:-1], start=1):
        if length >= due:
            chosen.append(keep[place])
            due = length + step
    return [*chosen, keep[-1]]


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if low == high:
        return low - 0.5, high + 0.5
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _curve(curve: Curve, x: Scale, y: Scale, place: int, *, dots: bool) -> list[Markup]:
    points = [(x.clamp(a), y.clamp(b)) for a, b in zip(curve.x, curve.y, strict=True)]
    parts = []
    if curve.low is not None and curve.high is not None:
        upper = [(x.clamp(a), y.clamp(b)) for a, b in zip(curve.x, curve.high, strict=True)]
        lower = [(x.clamp(a), y.clamp(b)) for a, b in zip(curve.x, curve.low, strict=True)]
        parts.append(path([*upper, *reversed(lower)], f"band s{place}", closed=True))
    parts.append(path(points, f"line s{place}"))
    if dots:
        parts += [element("circle", cx=a, cy=b, r=3.0, class_=f"point s{place}") for a, b in points]
    return parts


def _reference(reference: Curve | None, x: Scale, y: Scale) -> list[Markup]:
    if reference is None:
        return []
    points = [(x.clamp(a), y.clamp(b)) for a, b in zip(reference.x, reference.y, strict=True)]
    return [path(points, "reference"), beside(points[0], points[-1], reference.name)]


def beside(start: tuple[float, float], end: tuple[float, float], words: str) -> Markup:
    """The name of a faint straight line: above the start of a level one, below a rising one."""
    if abs(start[1] - end[1]) < 1:
        return text(start[0] + 6, start[1] - 6, words, class_="remark")
    x = start[0] + 0.62 * (end[0] - start[0])
    y = start[1] + 0.62 * (end[1] - start[1])
    return text(x + 8, y + 12, words, class_="remark")


def _mark(mark: Mark, x: Scale, y: Scale) -> list[Markup]:
    if not (math.isfinite(mark.x) and math.isfinite(mark.y)):
        return []
    at, height = x.clamp(mark.x), y.clamp(mark.y)
    right = at < (LEFT + WIDTH) / 2
    below = height < y.start - 24
    return [
        element("circle", cx=at, cy=height, r=6.0, class_="mark"),
        text(
            at + (11 if right else -11),
            height + (18 if below else -9),
            mark.words,
            class_="remark strong",
            anchor="start" if right else "end",
        ),
    ]

"""Drawing: escaped SVG elements, scales and ticks. Colours and type come from the card's CSS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from keel.evaluate.card.words import MINUS, clean


@dataclass(frozen=True)
class Scale:
    """Maps [low, high] to pixels [start, end]; a range of no width is widened around it."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of `value`."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, 1e-300))
        width = high - low
        where = 0.5 if width == 0 else (at - low) / width
        return self.start + where * (self.end - self.start)

    def clamp(self, value: float) -> float:
        """The pixel of `value`, kept within the range."""
        return self(min(max(value, self.low), self.high))


def element(name: str, *children: object, **attributes: object) -> Markup:
    """`<name attributes>children</name>`, everything escaped; `class_` and `data_x` as in Python.

    A float attribute is written with at most two decimals; None leaves the attribute out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _attribute(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(_child(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, inner)


def drawing(width: float, height: float, title: str, *children: object, class_: str) -> Markup:
    """An inline SVG whose `title` is read aloud and shown on hovering."""
    return element(
        "svg",
        element("title", title),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        class_=class_,
    )


def text(x: float, y: float, words: str, *, class_: str = "", anchor: str = "start") -> Markup:
    """A text whose baseline is at y."""
    return element("text", words, x=x, y=y, text_anchor=anchor, class_=class_ or None)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str, *, closed: bool = False) -> Markup:
    """A line through pixels; closed ones are areas."""
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return (
        element("path", d=f"M{steps}{'Z' if closed else ''}", class_=class_) if points else Markup()
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers within [low, high], at most about `most`.

    Source: Heckbert (1990), Nice Numbers for Graph Labels, Graphics Gems I.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def tick_text(value: float) -> str:
    """A tick's number, short: `0.2`, `500`, `2.5k`, `1M`."""
    size = abs(value)
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            divisor = 1e3 if letter == "k" else limit
            return f"{value / divisor:.4g}{letter}".replace("-", MINUS)
    return f"{value:.4g}".replace("-", MINUS)


def _attribute(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else "0"
    return clean(value) if isinstance(value, str) else value


def _child(child: object) -> Markup:
    return child if isinstance(child, Markup) else escape(clean(str(child)))

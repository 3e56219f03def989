"""Numbers and names as a reader wants them: rounded to what is known, and safe to show."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeVar

from keel.metrics.estimate import Estimate

Item = TypeVar("Item")

NOTHING = "–"
MINUS = "−"
NAME_LENGTH = 64
TITLE_LENGTH = 200
KEPT = "\n\t\u200c\u200d\u00ad"
"""Joiners and soft hyphens belong to words of some scripts."""

ACRONYMS = {
    "roc": "ROC",
    "auc": "AUC",
    "f1": "F1",
    "mcc": "MCC",
    "ks": "KS",
    "psi": "PSI",
    "rmse": "RMSE",
    "mae": "MAE",
    "mape": "MAPE",
    "r2": "R²",
    "medae": "median absolute error",
    "brier": "Brier score",
}


def clean(text: str) -> str:
    """Text that any file and any page can hold: no control characters, no lone surrogates.

    Bidirectional overrides go too: they would reorder the words around a hostile name.
    """
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)


def shorten(text: str, length: int = NAME_LENGTH) -> str:
    """The text, or its start and an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def few(items: Sequence[Item], most: int) -> tuple[Sequence[Item], int]:
    """The first `most` items, and how many are left."""
    return items[:most], max(0, len(items) - most)


def count(value: int) -> str:
    """`12,345`."""
    return f"{value:,}"


def plural(value: int, word: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count(value)} {word}" if value == 1 else f"{count(value)} {word}s"


def number(value: float | None, spread: float | None = None) -> str:
    """A figure with three significant digits, or as many as its `spread` leaves:
    down to the second digit of the spread, the first if that is 5 or more."""
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if spread is None or not 0 < spread < math.inf:
        return _significant(value)
    decimals = min(max(math.ceil(0.7 - math.log10(spread)), 0), 9)
    text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS) if text.strip("-0.,") else text.lstrip("-")


def estimated(estimate: Estimate) -> str:
    """The value, to the digits that its interval leaves."""
    return number(estimate.value, half_width(estimate))


def interval(low: float | None, high: float | None) -> str:
    """`0.641 to 0.689`."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return NOTHING
    spread = (high - low) / 2
    return f"{number(low, spread)} to {number(high, spread)}"


def half_width(estimate: Estimate) -> float | None:
    """Half the interval, or None without one."""
    width = (estimate.high - estimate.low) / 2
    return width if math.isfinite(width) and width > 0 else None


def share(value: float | None) -> str:
    """A share in [0, 1] as a percentage that never rounds something to nothing."""
    if value is None or math.isnan(value):
        return NOTHING
    percent = 100 * value
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    whole = percent in (0, 100) or 20 <= percent < 99.5
    return f"{percent:.0f} %" if whole else f"{percent:.1f} %"


def change(value: float | None) -> str:
    """A difference with its sign: `+0.012`, `−0.031`."""
    if value is None or math.isnan(value):
        return NOTHING
    return f"{value:+.3f}".replace("-", MINUS)


def probability(value: float | None) -> str:
    """A p-value."""
    if value is None or math.isnan(value):
        return NOTHING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def spoken(name: str) -> str:
    """A metric's name in words: `average precision`, `ROC AUC`."""
    return " ".join(ACRONYMS.get(word, word) for word in name.replace("_", " ").split(" "))


def sentence(text: str) -> str:
    """The text with a capital first letter, all others as they are."""
    return text[:1].upper() + text[1:]


def full_stop(text: str) -> str:
    """The text, ended as a sentence is."""
    return text if text.endswith((".", "!", "?", "…")) or not text else f"{text}."


def parameters(values: Mapping[str, object]) -> str:
    """`depth 6, rate 0.1`."""
    return ", ".join(f"{key} {_value(value)}" for key, value in values.items())


def flat(values: Mapping[str, object], before: str = "") -> list[tuple[str, str]]:
    """Every value by the path that leads to it: `model.depth`."""
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        inner = f"{before}{key}"
        if isinstance(value, Mapping) and value:
            found += flat(value, f"{inner}.")
        else:
            found.append((inner, _value(value)))
    return found


def times(value: int) -> str:
    """`once`, `twice`, `5 times`."""
    return {1: "once", 2: "twice"}.get(value, f"{count(value)} times")


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _significant(value: float) -> str:
    """Three digits, no zeros that say nothing; tiny and huge values with a power of ten."""
    size = abs(value)
    if size and not 1e-5 <= size < 1e12:
        digits, power = f"{value:.1e}".split("e")
        return f"{digits}e{int(power)}".replace("-", MINUS)
    decimals = 0 if size >= 100 else min(2 - math.floor(math.log10(size or 1.0)), 8)
    text = f"{value:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)


class _Shown(dict[int, str]):
    """Character codes to what is shown for them, found out once each."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        hidden = category in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
        shown = character if not hidden or character in KEPT else "\ufffd"
        self[code] = shown
        return shown


_SHOWN = _Shown()

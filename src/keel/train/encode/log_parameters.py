"""What the values in log messages usually are: ranges of numbers, and sets of words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.logs.parameters import Values, as_number, slots
from keel.data.logs.template import Template

LEAST_LINES = 50
MOST_TEMPLATES = 300
MOST_SAMPLED = 20_000
"""Templates with so many lines are watched, the commonest first, by some of their lines."""

MIDDLE, OUTER = 0.1, 0.02
FENCE = 3.0
"""A range reaches from the median as many times as far again as a tenth of the values does, on
either side, and at least as far as all but a fiftieth: values of a few incidents in the training
part stay outside."""

MOST_WORDS = 30
LEAST_USES = 20
"""A slot with few words, each often used, may hold no other."""

MOST_STRAY = 0.1
"""A slot is watched only if no more of the last fifth of its values leave what the others span: a
counter leaves its range every day."""

FARTHEST = 1e30

_NUMERIC = ("*", "NUM")
_WORDS = ("*",)


@dataclass(frozen=True, eq=False)
class Watched:
    """One slot of a template. low, high: of its numbers, `spread` telling how far beyond is far;
    words: all that may stand there, empty for numbers."""

    template: int
    slot: int
    low: float = 0.0
    high: float = 0.0
    spread: float = 1.0
    words: tuple[str, ...] = ()

    def excess(self, text: str) -> float:
        """How many spreads a number is beyond the range; 0 within, and for what is no number."""
        return float(self.excesses([text])[0])

    def excesses(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """[m] the same of many."""
        numbers = (as_number(text) for text in texts)
        read = np.array([self.low if number is None else number for number in numbers])
        beyond = np.maximum(np.maximum(read - self.high, self.low - read), 0.0)
        return np.minimum(beyond / self.spread, FARTHEST)

    def is_new(self, text: str) -> bool:
        """Whether it is none of the words."""
        return bool(self.words) and text not in self.words

    def to_json(self) -> list[Any]:
        """Plain values, which `read_watched` reads back."""
        return [self.template, self.slot, self.low, self.high, self.spread, list(self.words)]


def read_watched(state: Sequence[Any]) -> Watched:
    """What `to_json` wrote."""
    template, slot, low, high, spread, words = state
    return Watched(int(template), int(slot), low, high, spread, tuple(words))


def watch_parameters(
    messages: pl.Series, numbers: NDArray[np.int32], templates: Sequence[Template]
) -> tuple[Watched, ...]:
    """The slots that are worth watching, of [m] messages and the numbers of their templates."""
    counts = np.bincount(numbers[numbers > 0], minlength=len(templates))
    common = np.argsort(-counts, kind="stable")[:MOST_TEMPLATES]
    watched: list[Watched] = []
    for number in common[counts[common] >= LEAST_LINES].tolist():
        template = templates[number]
        kinds = slots(template)
        if not set(kinds) & {*_NUMERIC, *_WORDS}:
            continue
        rows = np.flatnonzero(numbers == number)
        rows = rows[:: -(-len(rows) // MOST_SAMPLED)]
        found = Values(template).read(messages.gather(rows).to_list())
        whole = [texts for texts in found if texts is not None]
        for slot, kind in enumerate(kinds):
            one = _watch(number, slot, kind, [texts[slot] for texts in whole])
            if one is not None:
                watched.append(one)
    return tuple(watched)


def by_template(watched: Sequence[Watched]) -> Mapping[int, list[Watched]]:
    """The watched slots of each template."""
    grouped: dict[int, list[Watched]] = {}
    for one in watched:
        grouped.setdefault(one.template, []).append(one)
    return grouped


def _watch(template: int, slot: int, kind: str, texts: list[str]) -> Watched | None:
    if len(texts) < LEAST_LINES:
        return None
    if kind in _NUMERIC:
        read = (as_number(text) for text in texts)
        numbers = np.array([number for number in read if number is not None])
        if len(numbers) >= 0.9 * len(texts):
            return _watch_numbers(template, slot, numbers)
    if kind not in _WORDS:
        return None
    words = set(texts)
    if len(words) > min(MOST_WORDS, len(texts) // LEAST_USES):
        return None
    cut = len(texts) * 4 // 5
    if words != set(texts[:cut]):
        return None
    return Watched(template, slot, words=tuple(sorted(words)))


def _watch_numbers(template: int, slot: int, numbers: NDArray[np.float64]) -> Watched | None:
    cut = len(numbers) * 4 // 5
    low, high, spread = _range(numbers[:cut])
    stray = (numbers[cut:] > high + spread) | (numbers[cut:] < low - spread)
    if stray.mean() > MOST_STRAY:
        return None
    return Watched(template, slot, *_range(numbers))


def _range(numbers: NDArray[np.float64]) -> tuple[float, float, float]:
    """The ends of the usual values, and what is far beyond them."""
    levels = [OUTER, MIDDLE, 0.5, 1 - MIDDLE, 1 - OUTER]
    outer_low, low, middle, high, outer_high = np.quantile(numbers, levels)
    begin = min(outer_low, low - FENCE * (middle - low))
    end = max(outer_high, high + FENCE * (high - middle))
    # Whole numbers are a step apart; others hardly differ at a tenth of their size.
    least = max(0.1 * abs(end), 1.0 if end == int(end) else 1e-9)
    return float(begin), float(end), float(max(high - low, least))

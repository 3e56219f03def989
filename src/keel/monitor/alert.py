"""An alert: a window that a version flags, why, and the lines to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keel.monitor.reason import Reason

AROUND = 2
"""Lines shown before and after each that a reason is about."""

MOST_LINES = 30
_WIDTH = 500


@dataclass(frozen=True)
class Alert:
    """score: of the window; threshold: from which on windows are flagged. lines: [k] numbers of
    lines in the window, from 1, and their text; those that reasons are about are marked."""

    system: str
    version: str
    window: str
    start: datetime | None
    end: datetime | None
    score: float
    threshold: float
    reasons: tuple[Reason, ...]
    lines: tuple[tuple[int, str, bool], ...]

    @property
    def causes(self) -> frozenset[tuple[str, str]]:
        """Keys of its reasons: alerts that share one may be of one incident."""
        return frozenset(reason.key for reason in self.reasons)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "system": self.system,
            "version": self.version,
            "window": self.window,
            "start": None if self.start is None else self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "score": self.score,
            "threshold": self.threshold,
            "reasons": [reason.to_json() for reason in self.reasons],
            "lines": [
                {"number": number, "text": text, "odd": odd} for number, text, odd in self.lines
            ],
        }


def lines_around(text: str, reasons: Sequence[Reason]) -> tuple[tuple[int, str, bool], ...]:
    """The lines that reasons are about and those around them; the first ones without reasons."""
    lines = text.split("\n")
    odd = {place for reason in reasons for place in reason.places}
    wanted = {near for place in odd for near in range(place - AROUND, place + AROUND + 1)}
    wanted = wanted or set(range(2 * AROUND + 1))
    shown = sorted(place for place in wanted if 0 <= place < len(lines))[:MOST_LINES]
    return tuple((place + 1, lines[place][:_WIDTH], place in odd) for place in shown)

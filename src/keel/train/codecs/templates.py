"""Log lines as the ids of their templates, with what few numbers say about a window of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.logs.log_reading import (
    GRAVE,
    MISSING_TIME,
    LogLines,
    LogReading,
    read_reading,
)
from keel.data.logs.parameters import Values
from keel.data.logs.parser import Parser, read_parser
from keel.train.encode.codec import TextTensors, pack_codec
from keel.train.encode.log_parameters import (
    Watched,
    by_template,
    read_watched,
    watch_parameters,
)
from keel.train.encode.usual_windows import Usual, fit_usual, read_usual
from keel.train.matrix import Float32, Sequences

STATISTICS = (
    "lines",
    "seconds",
    "warnings",
    "errors",
    "unseen lines",
    "new words",
    "numbers out of range",
    "hour, sine",
    "hour, cosine",
    "day of the week, sine",
    "day of the week, cosine",
)
"""log(1 + x) of the first seven; the time is that of the first line, 0 where there is none."""

MOST = 1_000
"""Templates that have an id of their own, the commonest; the rarer ones share the last known id."""

_DAY_US = 86_400_000_000
_THURSDAY = 3
"""1970 began on a Thursday; a week begins on Monday here."""


@dataclass(frozen=True, eq=False)
class Templates:
    """kept: [v] int32 numbers of templates, the commonest first; the position is id - 1. usual:
    what windows usually hold, for explanations alone."""

    reading: LogReading
    parser: Parser
    kept: NDArray[np.int32]
    watched: tuple[Watched, ...]
    usual: Usual
    name: str = "templates"

    @property
    def known(self) -> int:
        """The highest id of what was seen in fitting; all kept ones, and one for the others."""
        return len(self.kept) + 1

    @property
    def width(self) -> int:
        return self.known + 2

    def text(self, identity: int) -> str:
        """What an id stands for, in words."""
        if 1 <= identity <= len(self.kept):
            return self.parser.templates[int(self.kept[identity - 1])].text
        return "a rare template" if identity == self.known else "a template never seen"

    def numbers(self, lines: LogLines) -> NDArray[np.int32]:
        """[m] numbers of the templates of messages, UNSEEN where there is none."""
        return self.parser.find_masked(lines.masked)[lines.code]

    def ids(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """[m] ids of templates."""
        return self._id_of[numbers]

    def sequences(self, lines: LogLines) -> Sequences:
        """The ids and statistics of n windows."""
        numbers = self.numbers(lines)
        ids = self.ids(numbers)
        return Sequences(lines.starts, ids, self._statistics(lines, numbers, ids), self.known)

    def encode(self, column: pl.Series) -> TextTensors:
        """The tensors of n windows; a weight is 1 where there is a line."""
        found = self.sequences(self.reading.read(column))
        lengths = np.diff(found.starts)
        filled = np.arange(max(int(lengths.max(initial=0)), 1)) < lengths[:, None]
        ids = np.zeros(filled.shape, dtype=np.int64)
        ids[filled] = found.ids
        return TextTensors(ids, filled.astype(np.float32), found.statistics)

    def to_bytes(self) -> bytes:
        header = {
            "codec": self.name,
            "reading": self.reading.to_json(),
            "parser": self.parser.to_json(),
            "watched": [one.to_json() for one in self.watched],
        }
        return pack_codec(header, {"kept": self.kept, **self.usual.arrays})

    @cached_property
    def _id_of(self) -> NDArray[np.int32]:
        """By number; the last entry, where UNSEEN leads, is what was never seen."""
        table = np.full(len(self.parser.templates) + 1, self.known, dtype=np.int32)
        table[self.kept] = np.arange(1, len(self.kept) + 1)
        table[-1] = self.known + 1
        return table

    @cached_property
    def _watched(self) -> Mapping[int, tuple[Values, list[Watched]]]:
        templates = self.parser.templates
        return {
            number: (Values(templates[number]), watched)
            for number, watched in by_template(self.watched).items()
        }

    def _statistics(
        self, lines: LogLines, numbers: NDArray[np.int32], ids: NDArray[np.int32]
    ) -> Float32:
        new, beyond = self._parameters(lines, numbers)
        case, count = lines.case, len(lines)
        first, last = lines.first, lines.last
        known = first != MISSING_TIME
        seconds = np.where(known, np.maximum(last - first, 0) / 1e6, 0.0)
        farthest = np.zeros(count)
        np.maximum.at(farthest, case, beyond)
        counted = [
            np.diff(lines.starts),
            seconds,
            np.bincount(case, lines.grave == GRAVE["WARN"], count),
            np.bincount(case, lines.grave >= GRAVE["ERROR"], count),
            np.bincount(case, ids == self.known + 1, count),
            np.bincount(case, new, count),
            farthest,
        ]
        day = np.where(known, first % _DAY_US / _DAY_US, 0.0) * 2 * np.pi
        week = np.where(known, (first // _DAY_US + _THURSDAY) % 7 / 7, 0.0) * 2 * np.pi
        turns = [turn(angle) * known for angle in (day, week) for turn in (np.sin, np.cos)]
        return np.column_stack([*map(np.log1p, counted), *turns]).astype(np.float32)

    def _parameters(
        self, lines: LogLines, numbers: NDArray[np.int32]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """[m] whether a message holds a new word, and how far a number in it is out of range."""
        new = np.zeros(len(numbers), dtype=np.bool_)
        beyond = np.zeros(len(numbers))
        for number in np.unique(numbers).tolist():
            if number not in self._watched:
                continue
            values, watched = self._watched[number]
            rows = np.flatnonzero(numbers == number)
            found = values.read(lines.message.gather(rows).to_list())
            whole = [texts for texts in found if texts is not None]
            rows = rows[[texts is not None for texts in found]]
            for one in watched:
                said = [texts[one.slot] for texts in whole]
                if one.words:
                    new[rows] |= [one.is_new(text) for text in said]
                else:
                    beyond[rows] = np.maximum(beyond[rows], one.excesses(said))
        return new, beyond


def fit_templates(reading: LogReading, lines: LogLines) -> Templates:
    """Learn templates and the usual values of their parameters from n windows, in their order."""
    parser = Parser(reading.settings)
    numbers = parser.learn_masked([lines.masked[code] for code in lines.code.tolist()])
    # What a line was told while templates were still widening may not be what it is told now.
    found = parser.find_masked(lines.masked)[lines.code]
    numbers = np.where(found >= 0, found, numbers)
    counts = np.bincount(numbers, minlength=len(parser.templates))
    common = np.argsort(-counts, kind="stable")
    kept = common[counts[common] > 0][:MOST].astype(np.int32)
    watched = watch_parameters(lines.message, numbers, parser.templates)
    ids = np.full(len(parser.templates), len(kept) + 1, dtype=np.int32)
    ids[kept] = np.arange(1, len(kept) + 1)
    nothing = np.zeros((len(lines), 0), dtype=np.float32)
    usual = fit_usual(Sequences(lines.starts, ids[numbers], nothing, len(kept) + 1))
    return Templates(reading, parser, kept, watched, usual)


def read(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Templates:
    """The codec that `to_bytes` wrote."""
    watched = tuple(read_watched(one) for one in header["watched"])
    reading = read_reading(header["reading"])
    parser = read_parser(header["parser"])
    return Templates(reading, parser, arrays["kept"], watched, read_usual(arrays))

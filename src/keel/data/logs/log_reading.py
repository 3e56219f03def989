"""Texts of log lines, one per case, read all at once: what is masked, when and how gravely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.logs.formats import FORMATS, PLAIN, detect_format
from keel.data.logs.line_format import LineFormat
from keel.data.logs.log_time import LogTimes
from keel.data.logs.mask import DEFAULT_MASKS, LITERAL, Mask
from keel.data.logs.parser import Parser, ParserSettings
from keel.data.logs.pattern_format import PatternFormat, read_pattern
from keel.data.logs.records import LEVELS, record_starts
from keel.data.logs.template_tree import TreeSettings
from keel.spec.log import LogSpec

MISSING_TIME = np.iinfo(np.int64).min
GRAVE = {"WARN": 1, "ERROR": 2, "FATAL": 3}
"""Levels that count; all others are 0."""


@dataclass(frozen=True, eq=False)
class LogLines:
    """The messages of n cases: those of case i are `starts[i]:starts[i + 1]`.

    message: [m] as written. place: [m] the line of the case's text that it begins on, from 0. code:
    [m] numbers in `masked`, the distinct masked messages. grave: [m] as in `GRAVE`. first, last:
    [n] the earlier and the later time that a case's messages begin and end with, microseconds since
    1970 in UTC or MISSING_TIME.
    """

    starts: NDArray[np.int64]
    message: pl.Series
    place: NDArray[np.int64]
    code: NDArray[np.int64]
    masked: Sequence[str]
    grave: NDArray[np.int8]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def case(self) -> NDArray[np.int64]:
        """[m] the case of each message."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def take(self, cases: NDArray[np.int64]) -> "LogLines":
        """These cases, in this order."""
        lengths = np.diff(self.starts)[cases]
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        rows = np.repeat(self.starts[cases] - ends[:-1], lengths) + np.arange(ends[-1])
        return LogLines(
            ends,
            self.message.gather(rows),
            self.place[rows],
            self.code[rows],
            self.masked,
            self.grave[rows],
            self.first[cases],
            self.last[cases],
        )


@dataclass(frozen=True)
class LogReading:
    """How lines are read. times: forms of times, those of the format where empty. reference: for
    times without a year, see `LogTimes`."""

    format: LineFormat
    times: tuple[str, ...]
    reference: datetime
    settings: ParserSettings

    def read(self, texts: pl.Series) -> LogLines:
        """The messages of n texts of lines; null counts as no lines."""
        lists = texts.fill_null("").str.split("\n")
        lengths = lists.list.len().to_numpy().astype(np.int64)
        lines = lists.explode(empty_as_null=False) if len(texts) else pl.Series([], dtype=pl.String)
        lines = lines.cast(pl.String).fill_null("")
        case = np.repeat(np.arange(len(texts)), lengths)
        found = self.format.split(lines)
        begins = np.zeros(len(lines), dtype=np.bool_)
        begins[np.cumsum(lengths) - lengths] = True
        starts = record_starts(self.format, lines, found).to_numpy() | begins
        starts &= lines.str.contains(r"\S").to_numpy()
        rows = np.flatnonzero(starts)
        head = found[rows]
        message = head["message"].fill_null(lines.gather(rows))
        masked = Parser(self.settings).mask(message)
        distinct = masked.unique(maintain_order=True)
        code = masked.replace_strict(distinct, pl.int_range(len(distinct), eager=True))
        level = head["level"].str.to_uppercase().replace(LEVELS)
        grave = level.replace_strict(GRAVE, default=0, return_dtype=pl.Int8)
        ends = np.searchsorted(case[rows], np.arange(len(texts) + 1))
        first, last = self._ends(head["time"], case[rows], len(texts))
        return LogLines(
            ends,
            message,
            rows - (np.cumsum(lengths) - lengths)[case[rows]],
            code.to_numpy().astype(np.int64),
            distinct.to_list(),
            grave.fill_null(0).to_numpy(),
            first,
            last,
        )

    def _ends(
        self, texts: pl.Series, case: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """[n] times of the first and the last messages that have one; only these are read."""
        rows = texts.is_not_null().arg_true().to_numpy().astype(np.int64)
        place = np.full((2, count), -1)
        place[0, case[rows[::-1]]] = rows[::-1]
        place[1, case[rows]] = rows
        wanted = np.unique(place[place >= 0])
        read = LogTimes(self.times or self.format.times, self.reference).read(texts.gather(wanted))
        times = np.append(read.to_physical().fill_null(MISSING_TIME).to_numpy(), MISSING_TIME)
        found = times[np.where(place >= 0, np.searchsorted(wanted, place), len(wanted))]
        return found.min(axis=0), np.where(
            found[0] == MISSING_TIME, MISSING_TIME, found.max(axis=0)
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, which `read_reading` reads back."""
        form = self.format
        is_declared = isinstance(form, PatternFormat) and form.name not in _named()
        return {
            "format": form.pattern
            if isinstance(form, PatternFormat) and is_declared
            else form.name,
            "times": list(self.times),
            "reference": self.reference.isoformat(),
            "parser": self.settings.to_json(),
        }


def reading_of(spec: LogSpec | None, texts: pl.Series, reference: datetime) -> LogReading:
    """How the lines of these texts are read: as declared, else as their first lines look. Without
    a spec they are no log: equal lines are equal elements, others are not."""
    if spec is None:
        exact = ParserSettings((LITERAL,), TreeSettings(similarity=1.0))
        return LogReading(PLAIN, (), reference, exact)
    masks = tuple(Mask(pattern, into) for into, pattern in spec.masks.items())
    tree = TreeSettings(spec.similarity, spec.depth, templates=spec.templates)
    settings = ParserSettings((*masks, *DEFAULT_MASKS), tree)
    if spec.format == "auto":
        sample = texts.drop_nulls().head(_SAMPLED).str.split("\n").explode()
        form = detect_format(sample)[0] if len(sample) else PLAIN
    else:
        form = _named().get(spec.format) or read_pattern(spec.format, spec.times)
    return LogReading(form, spec.times, reference, settings)


def read_reading(state: Mapping[str, Any]) -> LogReading:
    """What `to_json` wrote."""
    form = _named().get(state["format"]) or read_pattern(state["format"])
    return LogReading(
        form,
        tuple(state["times"]),
        datetime.fromisoformat(state["reference"]),
        ParserSettings.of_json(state["parser"]),
    )


_SAMPLED = 100


def _named() -> dict[str, LineFormat]:
    return {form.name: form for form in FORMATS}

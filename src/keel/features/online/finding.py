"""Figures for rows of the events of their entities; what several figures share is done once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.features.events import Rows
from keel.features.figure import AS_OF, Figure, Reading
from keel.features.online.columns import Columns
from keel.features.online.layout import Layout
from keel.features.online.parts import Parts, join, single
from keel.features.online.picked import Asked, Picked, Placed, Window
from keel.features.online.read import Read, floats, read_numbers, read_parts_of, read_texts
from keel.features.online.state import State
from keel.features.online.taken import Taken, find_columns

Values = NDArray[Any]
_Share = tuple[Reading, bool]
"""Figures of one reading, with or without the own event, share what their windows hold."""


@dataclass(frozen=True)
class Wanted:
    """Figures, by what they share. windows: the distinct ones of each share. alike: figures that
    differ only by their window, of a share. latest: those as of a time."""

    windows: dict[_Share, tuple[Window, ...]]
    alike: list[tuple[_Share, list[Figure]]]
    latest: list[Figure]

    @property
    def with_own(self) -> bool:
        """Whether the rows' own events matter."""
        return any(with_own for _, with_own in self.windows)

    @classmethod
    def of(cls, figures: Sequence[Figure]) -> "Wanted":
        """Of one table and one kind of entity."""
        windows: dict[_Share, dict[Window, None]] = defaultdict(dict)
        alike: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
        for figure in figures:
            if figure.name != AS_OF:
                share = (figure.reading, figure.including_self)
                windows[share][figure.window_us, figure.delay_us] = None
                alike[(figure.name, figure.parameter, *share)].append(figure)
        return cls(
            {share: tuple(found) for share, found in windows.items()},
            [((same[0].reading, same[0].including_self), same) for same in alike.values()],
            [figure for figure in figures if figure.name == AS_OF],
        )


class Finding:
    """q rows that ask for figures of one table by one kind of entity."""

    def __init__(
        self, layout: Layout, state: State, asked: Asked, rows: Rows, wanted: Wanted
    ) -> None:
        self._layout = layout
        self._wanted = wanted
        self._state = state
        self._asked = asked
        self._rows = rows
        self._placed = Placed(state, asked)
        self._time = np.concatenate([state.time, asked.time])
        self._parts = state.parts
        if state.parts is not None and (wanted.with_own or not len(state.parts)):
            self._parts = self._with_own(state.parts)
        self._read: dict[Reading, Read] = {}
        self._picked: dict[tuple[tuple[Window, ...], bool], Picked] = {}
        self._taken: dict[_Share, Taken] = {}

    def find(self) -> dict[str, Values]:
        """Each column of the figures, [q]; NaN or None where there is no value."""
        found = {figure.columns[0]: self._latest(figure) for figure in self._wanted.latest}
        rows = len(self._asked.time)
        for share, alike in self._wanted.alike:
            windows = self._wanted.windows[share]
            columns = find_columns(alike[0], self._take(share, windows))
            for figure in alike:
                begin = windows.index((figure.window_us, figure.delay_us)) * rows
                for name, values in zip(figure.columns, columns, strict=True):
                    found[name] = values[begin : begin + rows]
        return found

    def _take(self, share: _Share, windows: tuple[Window, ...]) -> Taken:
        taken = self._taken.get(share)
        if taken is None:
            reading, with_own = share
            picked = self._picked.get((windows, with_own))
            if picked is None:
                picked = self._placed.pick(windows, with_own=with_own)
                self._picked[windows, with_own] = picked
            read = self._values(reading)
            index, size = picked.index, picked.size
            held = read.known[index]
            if not held.all():
                index = index[held]
                size = np.bincount(picked.row[held], minlength=len(size))
            taken = Taken(read, index, size, np.tile(self._asked.time, len(windows)))
            self._taken[share] = taken
        return taken

    def _latest(self, figure: Figure) -> Values:
        place = self._placed.latest(figure.delay_us)
        found = self._values(figure.reading).latest[place]
        found[place < 0] = None
        return found

    def _values(self, reading: Reading) -> Read:
        held = self._read.get(reading)
        if held is None:
            own = self._rows.own.get(reading)
            if self._parts is not None:
                held = read_parts_of(self._layout, reading, self._parts)
            elif reading in self._layout.texts:
                text = self._state.texts[self._layout.texts.index(reading)]
                nothing = [None] * len(self._asked.time)
                texts = [*text, *(nothing if own is None else own)]
                held = read_texts(self._layout, reading, texts, self._time)
            else:
                number = self._state.numbers[self._layout.numbers.index(reading)]
                added = floats(own, len(self._asked.time))
                numbers = np.concatenate([number, added])
                held = read_numbers(self._layout, reading, numbers, self._time)
            self._read[reading] = held
        return held

    def _with_own(self, parts: Parts) -> Parts:
        """And after them the own event of each row."""
        size = len(self._asked.time)
        own = self._rows.own
        numbers = [floats(own.get(reading), size) for reading in self._layout.numbers]
        texts = [
            own[reading].to_list() if reading in own else [None] * size
            for reading in self._layout.texts
        ]
        shaped = np.array(numbers, np.float64).reshape(len(numbers), size)
        encoded = msgspec.json.encode(texts)
        columns = Columns(self._asked.time, self._asked.time, shaped, b"", encoded)
        return join([parts, single(columns)])


def as_series(columns: Mapping[str, Values]) -> dict[str, pl.Series]:
    """Float64, or String where values are texts; null where there is none."""
    texts = [name for name, values in columns.items() if values.dtype == object]
    numbers = [name for name, values in columns.items() if values.dtype != object]
    found: dict[str, pl.Series] = {}
    if texts:
        told = [text for name in texts for text in columns[name].tolist()]
        found |= _slices(pl.Series(told, dtype=pl.String), texts)
    if numbers:
        values = np.concatenate([columns[name] for name in numbers])
        found |= _slices(pl.Series(values, nan_to_null=True), numbers)
    return found


def _slices(joined: pl.Series, names: Sequence[str]) -> dict[str, pl.Series]:
    # To make a series costs more than what a few rows hold.
    size = len(joined) // len(names)
    return {name: joined.slice(i * size, size).alias(name) for i, name in enumerate(names)}

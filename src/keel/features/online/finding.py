"""Figures for rows of the events of their entities; what several figures share is done once."""

from collections.abc import Sequence
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
from keel.features.online.picked import Asked, Picked, Placed
from keel.features.online.read import Read, floats, read_numbers, read_parts_of, read_texts
from keel.features.online.state import State
from keel.features.online.taken import Taken, find_columns

Values = NDArray[Any]
_Window = tuple[int | None, int, bool]


class Finding:
    """q rows that ask for figures of one table by one kind of entity."""

    def __init__(self, layout: Layout, state: State, asked: Asked, rows: Rows) -> None:
        self._layout = layout
        self._state = state
        self._asked = asked
        self._rows = rows
        self._placed = Placed(state, asked)
        self._time = np.concatenate([state.time, asked.time])
        self._parts = None if state.parts is None else self._with_own(state.parts)
        self._read: dict[Reading, Read] = {}
        self._picked: dict[_Window, Picked] = {}
        self._taken: dict[tuple[_Window, Reading], Taken] = {}

    def find(self, figures: Sequence[Figure]) -> dict[str, pl.Series]:
        """Each column of the figures, [q]."""
        found = {}
        for figure in figures:
            for name, values in zip(figure.columns, self._columns(figure), strict=True):
                found[name] = _series(name, values)
        return found

    def _columns(self, figure: Figure) -> list[Values]:
        if figure.name == AS_OF:
            return [self._latest(figure)]
        window = (figure.window_us, figure.delay_us, figure.including_self)
        return find_columns(figure, self._take(window, figure.reading))

    def _take(self, window: _Window, reading: Reading) -> Taken:
        taken = self._taken.get((window, reading))
        if taken is None:
            picked = self._pick(window)
            read = self._values(reading)
            index, size = picked.index, picked.size
            held = read.known[index]
            if not held.all():
                index = index[held]
                size = np.bincount(picked.row[held], minlength=len(size))
            taken = read.take(index, size, self._asked.time)
            self._taken[window, reading] = taken
        return taken

    def _pick(self, window: _Window) -> Picked:
        picked = self._picked.get(window)
        if picked is None:
            length, delay, with_own = window
            picked = self._placed.pick(length, delay, with_own=with_own)
            self._picked[window] = picked
        return picked

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
                held = read_parts_of(self._parts, self._layout, reading)
            elif reading in self._layout.texts:
                text = self._state.texts[self._layout.texts.index(reading)]
                nothing = [None] * len(self._asked.time)
                held = read_texts([*text, *(nothing if own is None else own)], self._time)
            else:
                number = self._state.numbers[self._layout.numbers.index(reading)]
                added = floats(own, len(self._asked.time))
                held = read_numbers(np.concatenate([number, added]), self._time)
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
        rest = msgspec.json.encode([[0] * size, *texts])
        shaped = np.array(numbers, np.float64).reshape(len(numbers), size)
        columns = Columns(self._asked.time, self._asked.time, shaped, rest)
        return join([parts, single(columns)])


def _series(name: str, values: Values) -> pl.Series:
    if values.dtype == object:
        return pl.Series(name, values.tolist(), pl.String)
    return pl.Series(name, values.astype(np.float64), nan_to_null=True)

"""Holds the rows of a chunk against the contract of their columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.seen import Seen
from keel.spec.kinds import Kind
from keel.spec.system import ColumnExpectation

SHOWN_CHARACTERS = 60


@dataclass(frozen=True, eq=False)
class Breach:
    """Rows that break one expectation: which, why in a few words that are the same for all of
    them, and the value of each as text."""

    rows: NDArray[np.int64]
    reason: str
    values: list[str]


def find_breaches(
    name: str, values: pl.Series, odd: pl.Series | None, expect: ColumnExpectation
) -> list[Breach]:
    """Rows of one column that break what is expected of it.

    values: [n] of the kind's physical type. odd: [n] true where a value was not of the kind.
    A missing value breaks only `not_null`. Uniqueness is not looked at here: see `Repeats`.
    """
    breaches: list[Breach] = []
    if odd is not None and expect.type is not None:
        breaches += _breach(f"{name} is not a {expect.type}", odd, values)
    if expect.not_null:
        nothing = values.is_null() if odd is None else values.is_null() & ~odd
        breaches += _breach(f"{name} is missing", nothing, values)
    if expect.min is not None or expect.max is not None:
        numbers = _measurable(values)
        if expect.min is not None:
            breaches += _breach(f"{name} is below {expect.min:g}", numbers < expect.min, values)
        if expect.max is not None:
            breaches += _breach(f"{name} is above {expect.max:g}", numbers > expect.max, values)
    if expect.values is not None:
        strange = ~_among(values, expect.values)
        breaches += _breach(f"{name} is not an allowed value", strange, values)
    if expect.regex is not None:
        wrong = ~_as_text(values).str.contains(f"^(?:{expect.regex})$")
        breaches += _breach(f"{name} does not match {expect.regex}", wrong, values)
    return breaches


class Repeats:
    """Remembers the values of the columns that must be unique. The first row with a value keeps
    it; a row left out for another reason claims none."""

    def __init__(self, expect: Mapping[str, ColumnExpectation]) -> None:
        self._seen = {name: Seen() for name, expected in expect.items() if expected.unique}

    def find(self, frame: pl.DataFrame, good: NDArray[np.bool_]) -> list[Breach]:
        """Rows, among the good ones, whose value came before."""
        breaches: list[Breach] = []
        for name, seen in self._seen.items():
            column = frame.get_column(name)
            where = np.flatnonzero(good & column.is_not_null().to_numpy())
            rows = where[seen.repeats(column.gather(where))]
            if len(rows):
                reason = f"{name} repeats the value of another row"
                breaches.append(Breach(rows, reason, _texts(column, rows)))
        return breaches


def _breach(reason: str, marks: pl.Series, values: pl.Series) -> list[Breach]:
    rows = marks.fill_null(False).arg_true().to_numpy().astype(np.int64)
    return [Breach(rows, reason, _texts(values, rows))] if len(rows) else []


def _texts(values: pl.Series, rows: NDArray[np.int64]) -> list[str]:
    shown = _as_text(values.gather(rows)).str.head(SHOWN_CHARACTERS)
    return ["" if text is None else text for text in shown.to_list()]


def _measurable(values: pl.Series) -> pl.Series:
    """Numbers as they are; of a text its number of characters."""
    if values.dtype == pl.String:
        return values.str.len_chars()
    return values.to_physical().cast(pl.Float64) if values.dtype.is_temporal() else values


def _among(values: pl.Series, allowed: tuple[str, ...]) -> pl.Series:
    if values.dtype == pl.Float64:
        numbers = pl.Series(list(allowed)).cast(pl.Float64, strict=False).drop_nulls()
        return values.is_in(numbers.to_list())
    if values.dtype == pl.Boolean:
        from keel.data.cast import cast

        truths = cast(pl.Series(list(allowed)), Kind.BOOLEAN).values.drop_nulls()
        return values.is_in(truths.to_list())
    return _as_text(values).is_in(list(allowed))


def _as_text(values: pl.Series) -> pl.Series:
    return values if values.dtype == pl.String else values.cast(pl.String)

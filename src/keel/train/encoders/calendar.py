"""Times as numbers that recur, and as days that pass.

Source of the date arithmetic: H. Hinnant, chrono-compatible low-level date algorithms (2013),
`civil_from_days`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.numbers import join_columns
from keel.train.export.graph import FLOAT, Graph
from keel.train.export.tensors import MISSING_TIME, time_tensor
from keel.train.matrix import Float32

PARTS = (
    "hour",
    "weekday",
    "day",
    "month",
    "days",
    "hour sin",
    "hour cos",
    "weekday sin",
    "weekday cos",
)
"""Weekday 0 is Monday; `days` are since the reference."""

_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_FIRST, _LAST = -719_162 * _DAY, 2_932_897 * _DAY - 1
_ERA, _SHIFT = 146_097, 719_468

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FittedCalendar:
    """Per time column its reference day, and which of the parts vary on the fitting rows."""

    columns: tuple[str, ...]
    references: tuple[int, ...]
    parts: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        pairs = zip(self.columns, self.parts, strict=True)
        return tuple(f"{column}: {part}" for column, parts in pairs for part in parts)

    @property
    def parameters(self) -> Mapping[str, object]:
        return {"reference_days": list(self.references)}

    def transform(self, columns: pl.DataFrame) -> Float32:
        stretches = [
            _read(time_tensor(column), reference, parts)
            for column, reference, parts in zip(
                columns.iter_columns(), self.references, self.parts, strict=True
            )
        ]
        return np.concatenate(stretches, axis=1)

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        built = [
            _graph_column(graph, tensor, reference, parts)
            for tensor, reference, parts in zip(tensors, self.references, self.parts, strict=True)
            if parts
        ]
        return join_columns(graph, built)


class Calendar:
    """Hour, weekday, day of the month, month, days since a reference, and the hour and the weekday
    on a circle; NaN where missing. Years outside 1 to 9999 are read as their nearest."""

    name = "calendar"
    kinds = frozenset({Kind.TIME})

    def fit(self, sample: Sample) -> FittedCalendar:
        references, parts = [], []
        for column in sample.columns.iter_columns():
            present = present_times(column)
            references.append(int(np.median(present) // _DAY) if len(present) else 0)
            parts.append(varied_parts(present, references[-1], PARTS) or ("days",))
        return FittedCalendar(tuple(sample.columns.columns), tuple(references), tuple(parts))


def present_times(column: pl.Series) -> Integers:
    """Microseconds since 1970 of the times that are not missing."""
    times = time_tensor(column)
    return np.asarray(times[times != MISSING_TIME])


def varied_parts(times: Integers, reference: int, wanted: Sequence[str]) -> tuple[str, ...]:
    """Those of the parts that are not the same for all of the times."""
    read = _read(times, reference, wanted)
    return tuple(part for j, part in enumerate(wanted) if len(read) and np.ptp(read[:, j]) > 0)


def _read(times: Integers, reference: int, parts: Sequence[str]) -> Float32:
    civil = _civil(_array_operation, np.clip(times, _FIRST, _LAST), reference)
    block = np.empty((len(times), len(parts)), dtype=np.float32)
    for j, part in enumerate(parts):
        source, table = _SOURCES.get(part, (part, None))
        block[:, j] = civil[source] if table is None else table[civil[source]]
    block[times == MISSING_TIME] = np.nan
    return block


def _graph_column(graph: Graph, tensor: str, reference: int, parts: Sequence[str]) -> str:
    def operation(name: str, left: str, right: str | int) -> str:
        return graph.node(name, left, graph.int64(right) if isinstance(right, int) else right)

    clipped = graph.node("Clip", tensor, graph.int64(_FIRST), graph.int64(_LAST))
    civil = _civil(operation, clipped, reference)
    columns = []
    for part in parts:
        source, table = _SOURCES.get(part, (part, None))
        columns.append(
            graph.node("Cast", civil[source], to=FLOAT)
            if table is None
            else graph.node("Gather", graph.float32(table), civil[source])
        )
    missing = graph.node("Equal", tensor, graph.int64(MISSING_TIME))
    return graph.node("Where", missing, graph.float32(np.nan), join_columns(graph, columns))


def _civil(operation: Callable[..., Any], times: Any, reference: int) -> dict[str, Any]:
    """Written once for arrays and for nodes. Every division is of numbers that are not negative,
    because the graph rounds a quotient towards zero and numpy down."""
    add, subtract, multiply, divide, modulo = (
        partial(operation, name) for name in ("Add", "Sub", "Mul", "Div", "Mod")
    )
    of_day = modulo(times, _DAY)
    days = divide(subtract(times, of_day), _DAY)
    of_era = modulo(add(days, _SHIFT), _ERA)
    leaps = subtract(divide(of_era, 36_524), divide(of_era, 1_460))
    leaps = subtract(leaps, divide(of_era, 146_096))
    year = divide(add(of_era, leaps), 365)
    before = add(multiply(year, 365), subtract(divide(year, 4), divide(year, 100)))
    of_year = subtract(of_era, before)
    month = divide(add(multiply(of_year, 5), 2), 153)
    month_start = divide(add(multiply(month, 153), 2), 5)
    return {
        "hour": divide(of_day, _HOUR),
        "weekday": modulo(add(days, 3), 7),
        "day": add(subtract(of_year, month_start), 1),
        "month": add(modulo(add(month, 2), 12), 1),
        "days": subtract(days, reference),
    }


def _array_operation(name: str, left: Integers, right: Integers | int) -> Integers:
    return np.asarray(_ARRAY_OPERATIONS[name](left, right))


_ARRAY_OPERATIONS = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.floor_divide,
    "Mod": np.mod,
}


def _circle(turn: int) -> tuple[Float32, Float32]:
    angles = 2 * np.pi * np.arange(turn) / turn
    return np.sin(angles).astype(np.float32), np.cos(angles).astype(np.float32)


_SOURCES = {
    "hour sin": ("hour", _circle(24)[0]),
    "hour cos": ("hour", _circle(24)[1]),
    "weekday sin": ("weekday", _circle(7)[0]),
    "weekday cos": ("weekday", _circle(7)[1]),
}

ENCODER = Calendar()

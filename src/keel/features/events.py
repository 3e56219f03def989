"""Events of one table and rows that ask for figures of them, as plain columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.features.figure import Reading

Index = NDArray[np.int64] | list[int]


@dataclass(frozen=True, eq=False)
class Events:
    """n events of a table, in any order.

    key: tells events apart; numbers or texts, never null. Rows of one key are one event: the one
    that arrived last says what it is from then on (the later row, of equal arrivals). time: Int64,
    microseconds since 1970 in UTC. arrival: the same, from when on the row is known; None where
    that is not known, and so its time. entities: the entity of each, as text, null for none.
    readings: Float64 (booleans are 0 and 1, times microseconds) or String; null where missing,
    never NaN.
    """

    key: pl.Series
    time: pl.Series
    entities: Mapping[str, pl.Series]
    readings: Mapping[Reading, pl.Series]
    arrival: pl.Series | None = None

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: Index) -> "Events":
        """Those events, in that order."""
        return self._each(lambda column: column.gather(rows))

    def slice(self, begin: int, count: int) -> "Events":
        """So many events, from `begin` on."""
        return self._each(lambda column: column.slice(begin, count))

    def _each(self, part: Callable[[pl.Series], pl.Series]) -> "Events":
        return Events(
            part(self.key),
            part(self.time),
            {name: part(entity) for name, entity in self.entities.items()},
            {reading: part(values) for reading, values in self.readings.items()},
            None if self.arrival is None else part(self.arrival),
        )


@dataclass(frozen=True, eq=False)
class Rows:
    """q rows that ask for figures as of their time, in any order.

    time: Int64, microseconds since 1970 in UTC, never null. entities: as in Events. key: of each
    row's own event, None where rows have none. own: what readings say of the row's own event, for
    figures that include it.
    """

    time: pl.Series
    entities: Mapping[str, pl.Series]
    key: pl.Series | None = None
    own: Mapping[Reading, pl.Series] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: Index) -> "Rows":
        """Those rows, in that order."""
        return Rows(
            self.time.gather(rows),
            {name: entity.gather(rows) for name, entity in self.entities.items()},
            None if self.key is None else self.key.gather(rows),
            {reading: values.gather(rows) for reading, values in self.own.items()},
        )

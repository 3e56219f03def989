"""Events of a declared table, and rows that ask for figures of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from keel.data.cast import TRUE, cast
from keel.data.few import FEW_ROWS
from keel.data.table import PHYSICAL
from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.features.plan import FeaturePlan
from keel.features.tables import EventTable
from keel.spec.kinds import Kind

ALWAYS = -62_135_596_800_000_000
"""What a table without a time says was so since the year 1, in microseconds since 1970."""

_LONGEST_KEY = 6


@dataclass(frozen=True, eq=False)
class EventReader:
    """Reads rows of one table as events. Expressions are compiled once."""

    table: EventTable
    readings: Mapping[Reading, pl.Expr]
    entities: tuple[str, ...]

    @classmethod
    def of(cls, table: EventTable, figures: Sequence[Figure]) -> "EventReader":
        """For those of `figures` that are of this table."""
        # A server of plain columns never needs the parser.
        from keel.features.find_figure import read_values

        own = [figure for figure in figures if figure.reading.table == table.name]
        readings = {f.reading: read_values(f.reading, table) for f in own}
        return cls(table, readings, tuple(dict.fromkeys(f.entity for f in own)))

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Columns without which a row is no event."""
        table = self.table
        roles = (table.key, table.time, table.arrived, *table.entities.values())
        read = {name for value in self.readings.values() for name in value.meta.root_names()}
        read |= {name for name in roles if name is not None}
        return tuple(name for name in table.names if name in read)

    @cached_property
    def tells_apart(self) -> tuple[str, ...]:
        """Columns that make the key of an event."""
        table = self.table
        names = (table.key, table.time if table.of is not None else None)
        return tuple(name for name in names if name is not None)

    def read(self, frame: pl.DataFrame, first: int = 0) -> Events:
        """Events of n rows, typed as in a Table; those without a time are left out. first: how many
        rows of the table come before them."""
        table = self.table
        frame = self.dated(frame)
        for name, positive in table.positive.items():
            if name in frame.columns and frame[name].dtype == pl.String:
                frame = frame.with_columns(_is_positive(frame[name], positive))
        return Events(
            self.keys(frame, first),
            _time(frame, table.time),
            {e: frame[table.entities[e]].cast(pl.String).alias(e) for e in self.entities},
            read_all(self.readings, frame),
            None if table.arrived is None else _arrival(frame, table.arrived, table.time),
        )

    def dated(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that have a time."""
        time = self.table.time
        return frame if time is None else frame.filter(pl.col(time).is_not_null())

    def keys(self, frame: pl.DataFrame, first: int = 0) -> pl.Series:
        """[n] texts that tell events apart, in the order of their length and then their letters:
        so that 9 comes before 10. What is known of an entity is told apart by its time too. Rows
        without a key are counted from `first` on."""
        table = self.table
        if table.key is None:
            return pl.Series("key", range(first, first + len(frame)), dtype=pl.Int64)
        key = sortable(frame[table.key].cast(pl.String).fill_null(""))
        if table.of is None or table.time is None:
            return key
        return key + "@" + frame[table.time].cast(pl.Int64).cast(pl.String)


def sortable(key: pl.Series) -> pl.Series:
    """[n] keys after their length, so that the order of texts is that of whole numbers too."""
    if len(key) <= FEW_ROWS:
        said = [None if k is None else f"{len(k):0{_LONGEST_KEY}}:{k}" for k in key.to_list()]
        return pl.Series("key", said, dtype=pl.String)
    length = key.str.len_chars().cast(pl.String).str.zfill(_LONGEST_KEY)
    return (length + ":" + key).alias("key")


def read_all(readings: Mapping[Reading, pl.Expr], frame: pl.DataFrame) -> dict[Reading, pl.Series]:
    """What readings say of n rows: Float64 or String, never NaN nor infinite."""
    if not readings:
        return {}
    values = frame.select(
        value.alias(str(number)) for number, value in enumerate(readings.values())
    )
    columns = [_plain(column, len(frame)) for column in values.iter_columns()]
    return dict(zip(readings, columns, strict=True))


class RowReader:
    """Reads what rows of the first table ask for: their figures as of their own time. Expressions
    are compiled once."""

    def __init__(self, plan: FeaturePlan) -> None:
        self._table = plan.events
        self._entities = tuple(dict.fromkeys(figure.entity for figure in plan.figures))
        self._events = EventReader.of(plan.events, [f for f in plan.figures if f.including_self])

    def read(self, frame: pl.DataFrame) -> Rows:
        """Of n rows with the columns that the plan reads."""
        table, own = self._table, self._events.readings
        return Rows(
            _time(frame, table.time),
            {e: frame[table.entities[e]].cast(pl.String).alias(e) for e in self._entities},
            self._events.keys(frame) if own and table.key in frame.columns else None,
            read_all(own, frame),
        )


def figure_columns(figures: Iterable[Figure], found: Mapping[str, pl.Series]) -> list[pl.Series]:
    """The columns of figures with the types of their kinds, named as they are."""
    return [
        _typed(found[name], figure).alias(name) for figure in figures for name in figure.columns
    ]


def _typed(column: pl.Series, figure: Figure) -> pl.Series:
    physical = PHYSICAL[figure.result]
    if figure.result is Kind.TIME:
        return column.cast(pl.Int64).cast(physical)
    return column.cast(physical)


def _time(frame: pl.DataFrame, name: str | None) -> pl.Series:
    if name is None:
        return pl.Series("time", [ALWAYS], dtype=pl.Int64).new_from_index(0, len(frame))
    return frame[name].cast(pl.Datetime("us")).cast(pl.Int64).alias("time")


def _is_positive(label: pl.Series, positive: str) -> pl.Series:
    """Whatever a yes is written as, where the class that means yes is one of its spellings."""
    if positive.lower() in TRUE:
        return cast(label, Kind.BOOLEAN).values
    return label == positive


def _arrival(frame: pl.DataFrame, name: str, time: str | None) -> pl.Series:
    arrived = _time(frame, name)
    return arrived if time is None else arrived.zip_with(arrived.is_not_null(), _time(frame, time))


def _plain(column: pl.Series, rows: int) -> pl.Series:
    if column.dtype == pl.String:
        value = column
    elif isinstance(column.dtype, pl.Datetime):
        value = column.cast(pl.Int64).cast(pl.Float64)
    else:
        number = column.cast(pl.Float64)
        value = number.set(~number.is_finite(), None)
    return value if len(value) == rows else value.new_from_index(0, rows)

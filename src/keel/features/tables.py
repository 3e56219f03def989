"""What features know of each declared table: its columns, and when its rows were known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.spec.system import System


@dataclass(frozen=True)
class EventTable:
    """A table whose rows are events, or say what is known of an entity.

    delay_us: how long after its time a row is known. late: columns that are known later still,
    with how long after the row's time, in microseconds. arrived: the column that says when a row
    was there. entities: the column of each entity that a row belongs to. of: the entity that the
    key names; such a table is looked up as of a time, or for good where it has none. positive: the
    text that a label of two classes means yes by, for columns that are read as booleans.
    """

    name: str
    columns: tuple[Column, ...]
    key: str | None = None
    time: str | None = None
    arrived: str | None = None
    delay_us: int = 0
    late: Mapping[str, int] = field(default_factory=dict)
    entities: Mapping[str, str] = field(default_factory=dict)
    of: str | None = None
    positive: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def raw_columns(self) -> tuple[Column, ...]:
        """Its columns as its rows have them: a label of two classes in its own spelling."""
        return tuple(
            Column(c.name, Kind.CATEGORY) if c.name in self.positive else c for c in self.columns
        )

    def column(self, name: str) -> Column:
        """The column called `name`. Raises KeyError."""
        return next(column for column in self.columns if column.name == name)


def event_tables(
    system: System, columns: Mapping[str, Sequence[Column]], positive: str | None = None
) -> dict[str, EventTable]:
    """Every declared table, the first one first. columns: of each, by its name. positive: the class
    of the label that means yes, where it has two: features see a boolean."""
    tables = {}
    for number, (name, spec) in enumerate(system.data.items()):
        there = {column.name for column in columns[name]}
        said = {**system.entities, **spec.entities}
        entities = {entity: column for entity, column in said.items() if column in there}
        label = system.label if number == 0 else None
        late, yes = {}, {}
        if label is not None and label.known_after is not None:
            late[label.column] = micros(label.known_after)
        if label is not None and positive is not None:
            yes[label.column] = positive
        described = [entity for entity, column in entities.items() if column == spec.key]
        tables[name] = EventTable(
            name,
            tuple(Column(c.name, Kind.BOOLEAN) if c.name in yes else c for c in columns[name]),
            spec.key,
            spec.time,
            spec.arrived,
            0 if spec.known_after is None else micros(spec.known_after),
            late,
            entities,
            described[0] if described and number > 0 else None,
            yes,
        )
    return tables


def micros(duration: timedelta) -> int:
    """A length of time in whole microseconds."""
    return round(duration / timedelta(microseconds=1))

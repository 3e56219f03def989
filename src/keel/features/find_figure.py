"""From an aggregate as it is written to a figure that both engines can find."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import polars as pl

from keel.features.expression import Expression, parse_expression
from keel.features.figure import AS_OF, Figure, Reading
from keel.features.tables import EventTable, micros
from keel.spec.aggregate import Aggregate
from keel.spec.duration import format_duration
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.spec.tokens import GrammarError

OF_NUMBERS = ("sum", "mean", "std", "var", "quantile")
OF_WHAT_HAS_AN_ORDER = (*OF_NUMBERS, "min", "max")


def find_figure(aggregate: Aggregate, tables: Mapping[str, EventTable]) -> Figure:
    """The figure that `aggregate` writes. tables: all that are declared, the first one first.

    Raises GrammarError for a table, an entity or a column that is not there, ValueError for a table
    without a time, for values that the aggregate cannot be taken of, and for a delay that would
    show a value before it was known.
    """
    first = next(iter(tables))
    table = _table(aggregate, tables, first)
    if aggregate.by not in table.entities:
        entities = {entity for other in tables.values() for entity in other.entities}
        near = did_you_mean(aggregate.by, table.entities) if table.entities else "declare one"
        known = aggregate.by in entities
        raise _at(
            aggregate,
            f"by {aggregate.by}",
            f"{table.name} has no column of the entity {aggregate.by!r}; {near}"
            if known
            else f"{aggregate.by!r} is not an entity; {near}",
        )
    reading = Reading(table.name, aggregate.argument, aggregate.where)
    values = _compiled(reading, table)
    _check_kind(aggregate, values.kind)
    if aggregate.including_self and table.name != first:
        raise ValueError(f"{aggregate}: a row of {first} is no event of {table.name}")
    return Figure(
        aggregate.name,
        reading,
        aggregate.by,
        None if aggregate.window is None else micros(aggregate.window),
        _delay(aggregate, table, set(values.columns)),
        values.kind,
        str(aggregate),
        aggregate.parameter,
        aggregate.including_self,
    )


def find_lookup(table: EventTable, column: str) -> Figure:
    """What `table` says of its entity in `column`, as of the time of a row."""
    reading = Reading(table.name, column)
    kind = table.column(column).kind
    delay = max(table.delay_us, table.late.get(column, 0))
    text = f"{table.name}.{column}"
    return Figure(AS_OF, reading, str(table.of), None, delay, kind, text)


def read_values(reading: Reading, table: EventTable) -> pl.Expr:
    """What is read of each row: Float64, or String; missing where the condition does not hold.

    Raises ValueError for what is no scalar of the table's columns.
    """
    return _compiled(reading, table).polars


def _compiled(reading: Reading, table: EventTable) -> Expression:
    value = Expression("", (), pl.lit(1.0), Kind.NUMBER)
    if reading.argument:
        value = _scalar(reading.argument, table)
    if not reading.where:
        return value
    holds = _scalar(reading.where, table)
    if holds.kind is not Kind.BOOLEAN:
        raise ValueError(
            f"where {reading.where}: a condition is true or false, but this is a {holds.kind}"
        )
    columns = tuple(dict.fromkeys([*value.columns, *holds.columns]))
    return replace(value, columns=columns, polars=pl.when(holds.polars).then(value.polars))


def _scalar(text: str, table: EventTable) -> Expression:
    if text in table.names:
        return Expression(text, (text,), pl.col(text), table.column(text).kind)
    return parse_expression(text, {column.name: column.kind for column in table.columns})


def _at(aggregate: Aggregate, words: str, message: str) -> GrammarError:
    """An error that points at the last of these words."""
    text = str(aggregate)
    return GrammarError(text, text.rindex(words) + words.index(" ") + 1, message)


def _table(aggregate: Aggregate, tables: Mapping[str, EventTable], first: str) -> EventTable:
    name = aggregate.table or first
    if name not in tables:
        told = f"{name!r} is not a table; {did_you_mean(name, tables)}"
        raise _at(aggregate, f"from {name}", told)
    table = tables[name]
    if table.time is None:
        raise ValueError(
            f"{aggregate}: {name} has no time, so nothing can be said as of one: declare "
            f"`time: COLUMN` under data.{name}"
        )
    return table


def _check_kind(aggregate: Aggregate, kind: Kind) -> None:
    numbers = (Kind.NUMBER, Kind.BOOLEAN)
    if aggregate.name in OF_NUMBERS and kind not in numbers:
        raise ValueError(f"{aggregate}: {aggregate.name} is of numbers, not of a {kind}")
    if aggregate.name in OF_WHAT_HAS_AN_ORDER and kind not in (*numbers, Kind.TIME):
        raise ValueError(f"{aggregate}: {aggregate.name} is of numbers or times, not of a {kind}")


def _delay(aggregate: Aggregate, table: EventTable, reads: set[str]) -> int:
    """As late as the last of what is read is known."""
    known = max([table.delay_us, *(table.late[name] for name in reads if name in table.late)])
    late = sorted(name for name in reads if table.late.get(name, 0) == known and known)
    if aggregate.including_self and late:
        raise ValueError(
            f"{aggregate}: {late[0]} of the row itself is not known at its time: leave out "
            "`including self`"
        )
    if aggregate.delayed is None:
        return known
    if micros(aggregate.delayed) < known:
        least = format_duration(timedelta(microseconds=known))
        what = late[0] if late else table.name
        raise ValueError(
            f"{aggregate}: {what} is known {least} after its time: write `delayed {least}` or more"
        )
    return micros(aggregate.delayed)

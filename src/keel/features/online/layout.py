"""What is kept of the events of a table for the figures that are asked for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from keel.features.figure import Figure, Reading
from keel.spec.kinds import Kind

DISTINCT, REGISTERS, BUCKETS = range(3)
"""Values, each with how many there are; registers of HyperLogLog, each with its rank; buckets of
DDSketch, each with how many values lie in it."""

SKETCHED = {
    "distinct_count": DISTINCT,
    "top_k": DISTINCT,
    "approx_distinct_count": REGISTERS,
    "quantile": BUCKETS,
}
"""Figures that need to know how often each value occurs."""

FORM = 3
"""What state looks like, by number: another one for each way to write it."""

NUMERIC = (Kind.NUMBER, Kind.BOOLEAN, Kind.TIME)


@dataclass(frozen=True)
class Layout:
    """Of a table: the kinds of entity that its events are kept for, and the readings kept of each
    event, numbers before texts; each in a fixed order. number: of the table itself. sketched: what
    is counted of which reading, by its place, to answer for long stretches of many events."""

    number: int
    table: str
    entities: tuple[str, ...]
    numbers: tuple[Reading, ...]
    texts: tuple[Reading, ...]
    sketched: tuple[tuple[int, int], ...] = ()

    def place(self, reading: Reading) -> int:
        """Which of all readings, numbers before texts, this is."""
        return (*self.numbers, *self.texts).index(reading)

    def stream(self, kind: str, entity: str) -> str:
        """The name of what is kept for one entity."""
        return f"{self.number}.{self.entities.index(kind)}:{entity}"

    def earlier(self, kind: str, entity: str) -> str:
        """The name of what was known of its events before they changed."""
        return f"{self.number}.{self.entities.index(kind)}~{entity}"

    def event(self, key: object) -> str:
        """The name of an event."""
        return f"{self.number}:{key}"


def lay_out(figures: Sequence[Figure]) -> dict[str, Layout]:
    """The layout of each table, the same whatever the order of the figures."""
    layouts = {}
    for number, table in enumerate(sorted({figure.reading.table for figure in figures})):
        of_table = [figure for figure in figures if figure.reading.table == table]
        numbers = {f.reading for f in of_table if f.kind in NUMERIC}
        texts = {f.reading for f in of_table} - numbers
        entities = tuple(sorted({figure.entity for figure in of_table}))
        readings = (*sorted(numbers), *sorted(texts))
        sketched = {
            (SKETCHED[figure.name], readings.index(figure.reading))
            for figure in of_table
            if figure.name in SKETCHED
        }
        layouts[table] = Layout(
            number,
            table,
            entities,
            readings[: len(numbers)],
            readings[len(numbers) :],
            tuple(sorted(sketched)),
        )
    return layouts


def digest(layouts: dict[str, Layout]) -> str:
    """Hex digits that differ where layouts do: state of one cannot be read as the other's."""
    return hashlib.sha256(repr((FORM, sorted(layouts.items()))).encode()).hexdigest()[:12]

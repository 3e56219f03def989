"""What figures of events are, in the plainest Python: one event after the other, in fractions."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from keel.features.events import Events, Rows
from keel.features.figure import AS_OF, Figure, Reading
from keel.features.sketches.ddsketch import bucket_of, find_quantile
from keel.features.sketches.hyperloglog import estimate, fill_registers
from keel.features.sketches.value_hash import hash_numbers, hash_texts
from keel.spec.aggregate import MOST_DISTINCT
from keel.spec.kinds import Kind

Value = float | str | None
Aggregates = Mapping[str, Callable[[Figure, list], list[Value]]]
"""Of the known values of a window, the oldest first."""


@dataclass(frozen=True)
class Event:
    """One row of a table of events, or the own event of a row that asks."""

    key: float | str | None
    time: int
    arrival: int
    entities: dict[str, str | None]
    readings: dict[Reading, Value]


def find_figures(
    figures: Sequence[Figure], events: Events, rows: Rows, aggregates: Aggregates | None = None
) -> dict[str, list[Value]]:
    """Each column of the figures, with a value for each row."""
    found: dict[str, list[Value]] = {c: [] for figure in figures for c in figure.columns}
    listed = list_events(events)
    for asked in list_rows(rows):
        known = known_events(listed, asked.time)
        for figure in figures:
            values = find_figure(figure, known, asked, aggregates or AGGREGATES)
            for column, value in zip(figure.columns, values, strict=True):
                found[column].append(value)
    return found


def find_figure(
    figure: Figure, known: Sequence[Event], asked: Event, aggregates: Aggregates
) -> list[Value]:
    """The values of one figure for one row, one for each of its columns."""
    counted = counted_events(figure, known, asked)
    values = [event.readings[figure.reading] for event in counted]
    if figure.name == AS_OF:
        return [values[-1] if values else None]
    held = [event for event in counted if event.readings[figure.reading] is not None]
    if figure.name == "since_last":
        return [(asked.time - held[-1].time) / 1e6 if held else None]
    return aggregates[figure.name](figure, [value for value in values if value is not None])


def list_events(events: Events) -> list[Event]:
    """The rows of a table, in its order."""
    arrival = events.time if events.arrival is None else events.arrival
    return list(_list(events.key, events.time, arrival, events.entities, events.readings))


def list_rows(rows: Rows) -> list[Event]:
    """The own event of each row."""
    key = pl.Series([None] * len(rows)) if rows.key is None else rows.key
    return list(_list(key, rows.time, rows.time, rows.entities, rows.own))


def known_events(listed: Sequence[Event], time: int) -> list[Event]:
    """What had arrived until then: of each key the row that arrived last, later rows later; in the
    order of time, then key."""
    latest: dict[object, Event] = {}
    for event in listed:
        held = latest.get(event.key)
        if event.arrival <= time and (held is None or event.arrival >= held.arrival):
            latest[event.key] = event
    return sorted(latest.values(), key=lambda event: (event.time, event.key))


def counted_events(figure: Figure, known: Sequence[Event], asked: Event) -> list[Event]:
    """The events in the window, the oldest first, and with it, where it counts, the row's own."""
    entity = asked.entities[figure.entity]
    if entity is None:
        return []
    until = asked.time - figure.delay_us
    counted = []
    for event in known:
        if event.entities[figure.entity] != entity:
            continue
        if figure.name == AS_OF:
            inside = event.time <= until
        elif figure.window_us is None:
            inside = event.time < until
        else:
            inside = until - figure.window_us < event.time < until
        if inside:
            counted.append(event)
    if figure.including_self and (asked.key is None or asked.key not in {e.key for e in counted}):
        counted.append(asked)
    return counted


def _count(_figure: Figure, values: list) -> list[Value]:
    return [float(len(values))]


def _sum(_figure: Figure, values: list) -> list[Value]:
    return [float(sum(map(Fraction, values))) if values else None]


def _mean(_figure: Figure, values: list) -> list[Value]:
    return [float(sum(map(Fraction, values)) / len(values)) if values else None]


def _var(_figure: Figure, values: list) -> list[Value]:
    if len(values) < 2:
        return [None]
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return [float(sum((value - mean) ** 2 for value in exact) / (len(exact) - 1))]


def _std(figure: Figure, values: list) -> list[Value]:
    [variance] = _var(figure, values)
    return [None if variance is None else math.sqrt(variance)]


def _min(_figure: Figure, values: list) -> list[Value]:
    return [min(values, default=None)]


def _max(_figure: Figure, values: list) -> list[Value]:
    return [max(values, default=None)]


def _first(_figure: Figure, values: list) -> list[Value]:
    return [values[0] if values else None]


def _last(_figure: Figure, values: list) -> list[Value]:
    return [values[-1] if values else None]


def _last_n(figure: Figure, values: list) -> list[Value]:
    return _filled(figure, list(reversed(values)))


def _distinct_count(figure: Figure, values: list) -> list[Value]:
    return [min(float(len(set(values))), figure.parameter)]


def _approx_distinct_count(_figure: Figure, values: list) -> list[Value]:
    return [float(len(set(values)))]


def _quantile(figure: Figure, values: list) -> list[Value]:
    return [sorted(values)[math.floor(figure.parameter * (len(values) - 1))] if values else None]


def _top_k(figure: Figure, values: list) -> list[Value]:
    counts: dict[float | str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    if len(counts) > MOST_DISTINCT:
        return _filled(figure, [])
    return _filled(figure, sorted(counts, key=lambda value: (-counts[value], value)))


def _filled(figure: Figure, values: list) -> list[Value]:
    """As many as the figure has columns."""
    wanted = len(figure.columns)
    return [*values[:wanted], *[None] * (wanted - len(values))]


def _sketched_quantile(figure: Figure, values: list) -> list[Value]:
    buckets = bucket_of(np.array(values, dtype=np.float64))
    return [find_quantile(buckets, np.ones(len(values), dtype=np.int64), figure.parameter)]


def _sketched_distinct_count(figure: Figure, values: list) -> list[Value]:
    distinct = sorted(set(values))
    if figure.kind is Kind.NUMBER:
        hashes = hash_numbers(np.array(distinct, dtype=np.float64))
    else:
        hashes = hash_texts(distinct)
    return [estimate(fill_registers(hashes))]


AGGREGATES: Aggregates = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "min": _min,
    "max": _max,
    "std": _std,
    "var": _var,
    "first": _first,
    "last": _last,
    "last_n": _last_n,
    "distinct_count": _distinct_count,
    "approx_distinct_count": _approx_distinct_count,
    "quantile": _quantile,
    "top_k": _top_k,
}
SKETCHED: Aggregates = {
    **AGGREGATES,
    "quantile": _sketched_quantile,
    "approx_distinct_count": _sketched_distinct_count,
}
"""With the sketches of the bare set of values, each made at once."""


def _list(
    key: pl.Series,
    time: pl.Series,
    arrival: pl.Series,
    entities: dict[str, pl.Series],
    readings: dict[Reading, pl.Series],
) -> Iterator[Event]:
    said = {name: series.to_list() for name, series in entities.items()}
    read = {reading: series.to_list() for reading, series in readings.items()}
    for i, (k, t, a) in enumerate(zip(key, time, arrival, strict=True)):
        yield Event(
            k,
            t,
            a,
            {name: values[i] for name, values in said.items()},
            {reading: values[i] for reading, values in read.items()},
        )

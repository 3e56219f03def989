"""Whole histories of events, made up by hypothesis: with all that goes wrong in real ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import polars as pl
from hypothesis import strategies as st

from keel.features.events import Events, Rows
from keel.features.figure import AS_OF, Figure, Reading
from keel.spec.kinds import Kind

TABLE = "payments"
EACH = Reading(TABLE, "")
ONLINE = Reading(TABLE, "", "channel = 'online'")
AMOUNT = Reading(TABLE, "amount")
AMOUNT_ONLINE = Reading(TABLE, "amount", "channel = 'online'")
CHANNEL = Reading(TABLE, "channel")
READINGS = (EACH, ONLINE, AMOUNT, AMOUNT_ONLINE, CHANNEL)

SIZES = (36, 1, 0, 3, 6, 12, 24)
MOST_ROWS = 10
CUSTOMERS = ("c", "c", "c", "c", "", "é", None)
TERMINALS = ("t", "t", "t", "u", None)
NEVER = "never"
TEXTS = ("online", "online", "", "b", "B", "ß", "日本", "𝄞", "\ufffd", "a b", None)
NUMBERS = {
    "whole": (1.0, 0.0, 2.0, 3.0, -1.0, -2.0, -0.0, 7.0, None),
    "far": (1e9, 1e9 + 0.01, 1e9 + 0.17, 1e9 + 0.2, 1e9 + 0.99, 1e9 - 0.03, 1e9 - 2.5, None),
    "wide": (0.1, 0.2, 0.3, -1e6, 1e6 / 3, 1e-3, -7.25, 123456.789, 0.0, None),
    "large": (2.0**53, 2.0**53 - 1, -(2.0**53), 1.0, 0.5, 2.0**40 + 0.5, None),
}
OUTLIER = 1e12

MICROS = {"us": 1, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
STARTS = (1704067200 * 10**6, 0, -5 * 10**6, 1711846800 * 10**6)
"""The start of 2024, that of clocks, before it, and the hour that daylight saving left out."""
WINDOWS = (None, 13, 8, 5, 3, 2, 1)
DELAYS = (0, 0, 0, 1, 2)
LAGS = (0, 0, 0, 1, 2, 5, 12, -1)
"""Arrivals after the time of the event; before it where it was announced."""
JITTER = (0, 0, 0, 0, 1, -1)

_NUMBERS = (AMOUNT, AMOUNT_ONLINE)
_ANY = (AMOUNT, CHANNEL, AMOUNT_ONLINE)
_READ = {
    "count": (EACH, ONLINE, AMOUNT, CHANNEL),
    "since_last": (EACH, ONLINE),
    **dict.fromkeys(("first", "last", "last_n", "top_k"), _ANY),
    **dict.fromkeys(("distinct_count", "approx_distinct_count"), _ANY),
    AS_OF: (AMOUNT, CHANNEL),
}
_PARAMETERS = {
    "last_n": (2.0, 1.0, 5.0),
    "top_k": (2.0, 1.0, 3.0),
    "quantile": (0.5, 0.0, 0.1, 0.9, 0.99, 1.0),
    "distinct_count": (10_000.0, 2.0, 1.0),
}

Option = TypeVar("Option")


@dataclass(frozen=True, eq=False)
class History:
    """Events, rows that ask, and what they ask for."""

    events: Events
    rows: Rows
    figures: tuple[Figure, ...]

    def __repr__(self) -> str:
        """As tables, for a test that failed."""
        columns = {"key": self.events.key, "time": self.events.time}
        if self.events.arrival is not None:
            columns["arrival"] = self.events.arrival
        columns |= self.events.entities | _named(self.events.readings)
        asked = {"time": self.rows.time, **self.rows.entities, **_named(self.rows.own)}
        if self.rows.key is not None:
            asked["key"] = self.rows.key
        with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200):
            figures = "\n".join(map(repr, self.figures))
            return f"\n{pl.DataFrame(columns)}\n{pl.DataFrame(asked)}\n{figures}"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


def take(events: Events, places: Sequence[int]) -> Events:
    """These rows of a table of events."""
    at = list(places)
    return Events(
        events.key[at],
        events.time[at],
        {name: series[at] for name, series in events.entities.items()},
        {reading: series[at] for reading, series in events.readings.items()},
        None if events.arrival is None else events.arrival[at],
    )


@st.composite
def histories(draw: st.DrawFn, *names: str) -> History:
    """Histories asked for figures of these aggregates, one after the other.

    A history is drawn as bytes, one for each choice: drawn choice by choice, it would take longer
    to make than to judge. hypothesis likes zeros: the first of the options is one that tells much.
    """
    world = _World(_Choices(draw(st.binary(min_size=12, max_size=12))))
    drawn = _several(draw, 10, draw(st.sampled_from(SIZES)))
    events = world.settle([world.event(_Choices(choices)) for choices in drawn])
    rows = [
        world.row(_Choices(drawn), events)
        for drawn in _several(draw, 12, draw(st.integers(1, MOST_ROWS)))
    ]
    figures = [
        world.figure(_Choices(drawn), names[i % len(names)], f"f{i}")
        for i, drawn in enumerate(_several(draw, 6, draw(st.integers(1, 6))))
    ]
    return History(world.events(events), world.rows(rows), tuple(figures))


def _several(draw: st.DrawFn, width: int, count: int) -> list[bytes]:
    drawn = draw(st.binary(min_size=width * count, max_size=width * count))
    return [drawn[i : i + width] for i in range(0, len(drawn), width)]


class _Choices:
    """Choices that bytes make, each by one of them."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = iter(drawn)

    def of(self, options: Sequence[Option]) -> Option:
        """One of them."""
        return options[next(self._drawn) % len(options)]


@dataclass(frozen=True)
class _Fact:
    """An event, or a row with its own event."""

    key: int
    time: int
    arrival: int
    customer: str | None
    terminal: str | None
    amount: float | None
    channel: str | None


class _World:
    """What all events of a history share: their unit of time, their kind of numbers, their keys."""

    def __init__(self, choices: _Choices) -> None:
        self._unit = choices.of(tuple(MICROS.values()))
        self._start = choices.of(STARTS)
        self._family = choices.of((*NUMBERS, "outlier"))
        self._numbers = NUMBERS["far" if self._family == "outlier" else self._family]
        self._arrivals = choices.of((False, True, True))
        self._rekeyed = choices.of((False, True, True))
        self._texts = choices.of((False, True))
        self._keyless = choices.of((False, False, False, True))
        self._jitter = choices.of((JITTER, (0,)))

    def event(self, choices: _Choices) -> _Fact:
        """An event; of few times, keys and entities, so that they fall together."""
        key = choices.of(range(12 if self._rekeyed else 200))
        time = self._start + choices.of(range(14)) * self._unit + choices.of(self._jitter)
        return _Fact(
            key,
            time,
            time + choices.of(LAGS) * self._unit,
            choices.of(CUSTOMERS),
            choices.of(TERMINALS),
            choices.of(self._numbers),
            choices.of(TEXTS),
        )

    def settle(self, facts: Sequence[_Fact]) -> list[_Fact]:
        """These events with what depends on all of them."""
        settled = list(facts)
        if self._family == "outlier" and settled:
            first = min(range(len(settled)), key=lambda i: settled[i].time)
            settled[first] = replace(settled[first], amount=OUTLIER)
        if not self._rekeyed:
            settled = [replace(fact, key=fact.key * 100 + i) for i, fact in enumerate(settled)]
        return settled

    def row(self, choices: _Choices, events: Sequence[_Fact]) -> _Fact:
        """A row that asks; often it is one of the events."""
        same = choices.of((False, True))
        like = choices.of(events) if events else None
        time = choices.of(range(17, -2, -1)) * self._unit + choices.of(self._jitter)
        asked = _Fact(
            choices.of(range(16)),
            self._start + time,
            0,
            choices.of((*CUSTOMERS, NEVER)),
            choices.of((*TERMINALS, NEVER)),
            choices.of(self._numbers),
            choices.of(TEXTS),
        )
        if like is None or not same:
            return asked
        return replace(like, time=choices.of((like.time, like.time, asked.time)))

    def figure(self, choices: _Choices, name: str, text: str) -> Figure:
        """A figure that this aggregate gives."""
        reading = choices.of(_READ.get(name, _NUMBERS))
        window = None if name == AS_OF else choices.of(WINDOWS)
        delay = choices.of(DELAYS)
        return Figure(
            name,
            reading,
            choices.of(("customer", "terminal")),
            None if window is None else window * self._unit,
            delay * self._unit,
            Kind.CATEGORY if reading is CHANNEL else Kind.NUMBER,
            text,
            choices.of(_PARAMETERS[name]) if name in _PARAMETERS else None,
            name != AS_OF and not delay and choices.of((False, False, True)),
        )

    def events(self, facts: Sequence[_Fact]) -> Events:
        """The table of events."""
        return Events(
            self._keys(facts),
            _times([fact.time for fact in facts]),
            _entities(facts),
            _readings(facts),
            _times([fact.arrival for fact in facts]) if self._arrivals else None,
        )

    def rows(self, facts: Sequence[_Fact]) -> Rows:
        """The rows that ask."""
        return Rows(
            _times([fact.time for fact in facts]),
            _entities(facts),
            None if self._keyless else self._keys(facts),
            _readings(facts),
        )

    def _keys(self, facts: Sequence[_Fact]) -> pl.Series:
        keys = [fact.key for fact in facts]
        if self._texts:
            return pl.Series("key", map(str, keys), pl.String)
        return pl.Series("key", keys, pl.Int64)


def _times(times: Sequence[int]) -> pl.Series:
    return pl.Series("time", times, pl.Int64)


def _entities(facts: Sequence[_Fact]) -> dict[str, pl.Series]:
    return {
        "customer": pl.Series("customer", [fact.customer for fact in facts], pl.String),
        "terminal": pl.Series("terminal", [fact.terminal for fact in facts], pl.String),
    }


def _readings(facts: Sequence[_Fact]) -> dict[Reading, pl.Series]:
    amounts = [fact.amount for fact in facts]
    online = [fact.channel == "online" for fact in facts]
    shown = [amount if on else None for amount, on in zip(amounts, online, strict=True)]
    return {
        EACH: pl.Series([1.0] * len(facts), dtype=pl.Float64),
        ONLINE: pl.Series([1.0 if on else None for on in online], dtype=pl.Float64),
        AMOUNT: pl.Series(amounts, dtype=pl.Float64),
        AMOUNT_ONLINE: pl.Series(shown, dtype=pl.Float64),
        CHANNEL: pl.Series([fact.channel for fact in facts], dtype=pl.String),
    }


def _named(readings: dict[Reading, pl.Series]) -> dict[str, pl.Series]:
    return {f"{r.argument} {r.where}".strip(): s for r, s in readings.items() if r is not EACH}

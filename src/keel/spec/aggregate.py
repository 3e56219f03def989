"""The grammar of windowed features: `sum(amount where channel = 'online') over 7d by customer`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from keel.spec.duration import UNITS_S
from keel.spec.nearest import did_you_mean
from keel.spec.tokens import GrammarError, Tokens

NAMES = ("count", "sum", "mean", "min", "max", "std", "var", "first", "last")

_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(")
_OVER = re.compile(r"\s*over\b")
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)


@dataclass(frozen=True)
class Aggregate:
    """One figure of the events of an entity. argument, where: SQL scalars over a row of the event
    table, empty for none. window: None for the whole lifetime. delayed: events are seen so much
    later. including_self: the row's own event counts."""

    name: str
    argument: str
    where: str
    window: timedelta | None
    by: str
    delayed: timedelta | None = None
    including_self: bool = False


def is_aggregate(text: str) -> bool:
    """Whether a feature is one figure of many events, rather than of its own row."""
    call = _CALL.match(text)
    if call is None:
        return False
    end = _closing(text, call.end() - 1)
    return end is not None and _OVER.match(text, end + 1) is not None


def parse_aggregate(text: str) -> tuple[Aggregate, ...]:
    """What `text` declares, one for each of its windows.

    >>> [a.window.days for a in parse_aggregate("count() over 1d, 7d by customer")]
    [1, 7]

    Raises GrammarError pointing at what is wrong, with the nearest spelling.
    """
    call = _CALL.match(text)
    end = None if call is None else _closing(text, call.end() - 1)
    if call is None or end is None:
        raise GrammarError(text, 0, "expected an aggregate, such as `sum(amount) over 7d by NAME`")
    name = call[1].lower()
    if name not in NAMES:
        near = did_you_mean(name, NAMES)
        raise GrammarError(text, call.start(1), f"{call[1]!r} is not an aggregate; {near}")
    argument, where = _split_where(text, call.end(), end)
    if not argument and name != "count":
        raise GrammarError(text, call.end(), f"{name} needs what to take it of: {name}(amount)")
    return _read_rest(text, end + 1, Aggregate(name, argument, where, None, ""))


def _read_rest(text: str, begin: int, aggregate: Aggregate) -> tuple[Aggregate, ...]:
    # The words keep their places, so that an error can point at them.
    tokens = Tokens(" " * begin + text[begin:])
    if not tokens.accept("over"):
        raise GrammarError(text, begin, "expected `over`, and how long: `over 7d`")
    windows: list[timedelta | None] = [_window(tokens)]
    while tokens.accept(","):
        windows.append(_window(tokens))
    delayed = _duration(tokens) if tokens.accept("delayed") else None
    if not tokens.accept("by"):
        raise GrammarError(text, tokens.peek.offset, "expected `by`, and whose events: `by NAME`")
    by = tokens.name("an entity")
    including_self = tokens.accept("including", "self")
    tokens.end()
    if len(set(windows)) < len(windows):
        raise GrammarError(text, begin, "a window is there twice")
    if including_self and delayed is not None:
        raise GrammarError(text, begin, "`delayed` events cannot be `including self`")
    return tuple(
        Aggregate(
            aggregate.name,
            aggregate.argument,
            aggregate.where,
            window,
            by,
            delayed,
            including_self,
        )
        for window in windows
    )


def _window(tokens: Tokens) -> timedelta | None:
    return None if tokens.accept("lifetime") else _duration(tokens)


def _duration(tokens: Tokens) -> timedelta:
    place = tokens.peek
    count = tokens.number("a duration, such as 7d")
    unit = tokens.name("a unit of time")
    if unit not in UNITS_S:
        near = did_you_mean(unit, UNITS_S)
        raise tokens.error(place, f"{place.text}{unit} is not a duration; {near}")
    if not count > 0:
        raise tokens.error(place, f"{place.text}{unit} is no time at all")
    return timedelta(seconds=count * UNITS_S[unit])


def _closing(text: str, opening: int) -> int | None:
    """The place of the bracket that closes the one at `opening`; quoted texts are skipped."""
    for place, depth in _depths(text, opening):
        if depth == 0 and text[place] == ")":
            return place
    return None


def _split_where(text: str, begin: int, end: int) -> tuple[str, str]:
    """The argument and the condition: a `where` in brackets or quotes parts nothing."""
    outside = {place for place, depth in _depths(text[:end], begin) if depth == 0}
    for found in _WHERE.finditer(text, begin, end):
        if found.start() in outside:
            return text[begin : found.start()].strip(), text[found.end() : end].strip()
    return text[begin:end].strip(), ""


def _depths(text: str, begin: int) -> Iterator[tuple[int, int]]:
    """Places that are not quoted, each with how many brackets are open after it."""
    depth, quote = 0, ""
    for place in range(begin, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote else quote
            continue
        if letter in "'\"":
            quote = letter
            continue
        depth += (letter == "(") - (letter == ")")
        yield place, depth

"""The grammar of windowed features: `sum(amount where channel = 'online') over 7d by customer`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from keel.spec.duration import UNITS_S, format_duration, length_of_time
from keel.spec.nearest import did_you_mean
from keel.spec.tokens import GrammarError

NAMES = (
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "std",
    "var",
    "first",
    "last",
    "last_n",
    "since_last",
    "distinct_count",
    "approx_distinct_count",
    "quantile",
    "top_k",
)
ARGUMENTLESS = ("count", "since_last")
"""These may be of the events themselves."""

MOST_DISTINCT = 10_000
"""Distinct values of a window that are told apart where no other cap is declared."""

_PARAMETERS = {
    "last_n": (1, 100, "how many: last_n(amount, 5)"),
    "top_k": (1, 20, "how many: top_k(channel, 3)"),
    "quantile": (0, 1, "which one: quantile(amount, 0.9)"),
    "distinct_count": (1, 1_000_000, "the cap: distinct_count(device, 10000)"),
}
_CALL = re.compile(r"\s*\b([A-Za-z_]\w*)\s*\(")
_OVER = re.compile(r"\s*(?:over|from)\b", re.IGNORECASE)
_WORD = re.compile(r"\s*(\w+|,)")
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)


@dataclass(frozen=True)
class Aggregate:
    """One figure of the events of an entity. argument, where: SQL scalars over a row of the event
    table, empty for none. window: None for the whole lifetime. delayed: events are seen so much
    later. including_self: the row's own event counts. table: None for the first of the declaration.
    parameter: how many, which quantile, or the cap; None where the aggregate takes none."""

    name: str
    argument: str
    where: str
    window: timedelta | None
    by: str
    delayed: timedelta | None = None
    including_self: bool = False
    table: str | None = None
    parameter: float | None = None

    def __str__(self) -> str:
        """The aggregate as it would be declared alone."""
        inside = self.argument
        if self.parameter is not None:
            whole = self.parameter.is_integer()
            inside += f", {int(self.parameter) if whole else self.parameter}"
        if self.where:
            inside = f"{inside} where {self.where}".strip()
        words = [f"{self.name}({inside})"]
        if self.table is not None:
            words.append(f"from {self.table}")
        window = "lifetime" if self.window is None else format_duration(self.window)
        words.append(f"over {window}")
        if self.delayed is not None:
            words.append(f"delayed {format_duration(self.delayed)}")
        words.append(f"by {self.by}")
        if self.including_self:
            words.append("including self")
        return " ".join(words)


@dataclass(frozen=True)
class Written:
    """An aggregate within a text, from its place `begin` up to `end`: one for each window."""

    begin: int
    end: int
    aggregates: tuple[Aggregate, ...]


def find_aggregates(text: str) -> tuple[Written, ...]:
    """Every aggregate that `text` holds, in their order; the rest is scalars around them.

    >>> two = find_aggregates("sum(a) over 1d by c / count() over 1d by c")
    >>> [str(written.aggregates[0]) for written in two]
    ['sum(a) over 1d by c', 'count() over 1d by c']

    Raises GrammarError pointing at what is wrong, with the nearest spelling.
    """
    found: list[Written] = []
    free = {place for place, _ in _depths(text, 0)}
    begin = 0
    while (call := _CALL.search(text, begin)) is not None:
        begin = call.end()
        closing = None if call.start(1) not in free else _closing(text, call.end() - 1)
        if closing is not None and _OVER.match(text, closing + 1) is not None:
            found.append(_read(text, call, closing))
            begin = found[-1].end
    return tuple(found)


def _read(text: str, call: re.Match[str], closing: int) -> Written:
    name = call[1].lower()
    if name not in NAMES:
        near = did_you_mean(name, NAMES)
        raise GrammarError(text, call.start(1), f"{call[1]!r} is not an aggregate; {near}")
    argument, where = _split_where(text, call.end(), closing)
    argument, parameter = _split_parameter(text, call, argument)
    if not argument and name not in ARGUMENTLESS:
        raise GrammarError(text, call.end(), f"{name} needs what to take it of: {name}(amount)")
    if argument and name == "since_last":
        raise GrammarError(
            text, call.end(), "since_last is of events: `since_last(where CONDITION)`"
        )
    return _read_rest(
        text,
        call.start(1),
        closing + 1,
        Aggregate(name, argument, where, None, "", parameter=parameter),
    )


def _read_rest(text: str, start: int, begin: int, aggregate: Aggregate) -> Written:
    words = _Words(text, begin)
    table = words.name("a table") if words.accept("from") else None
    if not words.accept("over"):
        raise GrammarError(text, words.place, "expected `over`, and how long: `over 7d`")
    windows = [words.window()]
    while words.accept(","):
        windows.append(words.window())
    delayed = words.duration() if words.accept("delayed") else None
    if not words.accept("by"):
        raise GrammarError(text, words.place, "expected `by`, and whose events: `by NAME`")
    by = words.name("an entity")
    including_self = words.accept("including", "self")
    if len(set(windows)) < len(windows):
        raise GrammarError(text, begin, "a window is there twice")
    if including_self and delayed is not None:
        raise GrammarError(text, begin, "`delayed` events cannot be `including self`")
    said = replace(aggregate, by=by, delayed=delayed, including_self=including_self, table=table)
    return Written(start, words.end, tuple(replace(said, window=window) for window in windows))


class _Words:
    """A cursor over what follows the brackets, up to where scalars go on."""

    def __init__(self, text: str, begin: int) -> None:
        self._text = text
        self.end = begin

    @property
    def place(self) -> int:
        """Where the next word begins."""
        return len(self._text) - len(self._text[self.end :].lstrip())

    def accept(self, *words: str) -> bool:
        """Take these words if they come next, all or none."""
        end = self.end
        for word in words:
            found = _WORD.match(self._text, end)
            if found is None or found[1].lower() != word:
                return False
            end = found.end()
        self.end = end
        return True

    def name(self, what: str) -> str:
        """The next word, as a name."""
        found = _WORD.match(self._text, self.end)
        if found is None or not found[1].isidentifier():
            raise GrammarError(self._text, self.place, f"expected {what}")
        self.end = found.end()
        return found[1]

    def window(self) -> timedelta | None:
        """A duration, or None for the whole lifetime."""
        return None if self.accept("lifetime") else self.duration()

    def duration(self) -> timedelta:
        """A count with its unit."""
        found = _DURATION.match(self._text, self.end)
        if found is None:
            raise GrammarError(self._text, self.place, "expected a duration, such as 7d")
        count, unit = float(found[1]), found[2]
        if unit not in UNITS_S:
            near = did_you_mean(unit, UNITS_S)
            raise GrammarError(
                self._text, self.place, f"{found[0].strip()} is not a duration; {near}"
            )
        if not count > 0:
            raise GrammarError(self._text, self.place, f"{found[0].strip()} is no time at all")
        place, self.end = self.place, found.end()
        try:
            return length_of_time(count, unit)
        except ValueError as error:
            raise GrammarError(self._text, place, f"{error}; or `lifetime`") from error


def _split_parameter(text: str, call: re.Match[str], argument: str) -> tuple[str, float | None]:
    name = call[1].lower()
    if name not in _PARAMETERS:
        return argument, None
    low, high, asked = _PARAMETERS[name]
    commas = [
        place for place, depth in _depths(argument, 0) if not depth and argument[place] == ","
    ]
    said = argument[commas[-1] + 1 :].strip() if commas else ""
    if not said and name == "distinct_count":
        return argument, float(MOST_DISTINCT)
    try:
        value = float(said)
    except ValueError:
        value = -1.0
    whole = name == "quantile" or value.is_integer()
    if not (low <= value <= high and whole):
        raise GrammarError(
            text, call.end(), f"{name} needs a number, from {low} to {high}: {asked}"
        )
    return argument[: commas[-1]].strip(), value


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

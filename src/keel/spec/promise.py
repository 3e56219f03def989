"""The grammar of promises: `recall at precision 0.90 for yes by sex >= 0.40`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from keel.spec.tokens import Tokens

Comparison = Literal[">=", "<=", ">", "<"]

UNITS = {"ms": 1.0, "s": 1e3, "min": 6e4, "h": 3.6e6, "d": 8.64e7}


@dataclass(frozen=True)
class Measure:
    """One figure to compute from evidence.

    `recall at precision 0.9` is `Measure("recall", at="precision", level=0.9)`;
    `precision at 100 per day` is `Measure("precision", at="k", level=100, per_day=True)`;
    `precision at 100 per day of card` counts cards instead of cases: `of` is their column.
    `for_class` picks one class of several, `by` compares the groups of a column.
    """

    name: str
    at: str | None = None
    level: float | None = None
    per_day: bool = False
    for_class: str | None = None
    by: str | None = None
    offset: int = 0
    of: str | None = None

    def __str__(self) -> str:
        words = [self.name]
        if self.at is not None:
            words.append("at" if self.at == "k" else f"at {self.at}")
            words.append(f"{self.level:g}")
        if self.per_day:
            words.append("per day")
        if self.of is not None:
            words.append(f"of {_quoted(self.of)}")
        if self.for_class is not None:
            words.append(f"for {_quoted(self.for_class)}")
        if self.by is not None:
            words.append(f"by {_quoted(self.by)}")
        return " ".join(words)


@dataclass(frozen=True)
class Promise:
    """A bar the system must keep. `text` is what the person wrote.

    `kind` is `measure` (hold a figure against `bar`), `beats_champion` (be better than the
    champion on `measure` by at least `bar`), or `no_leakage`. A bar with a unit of time is in
    milliseconds.
    """

    text: str
    kind: Literal["measure", "beats_champion", "no_leakage"]
    measure: Measure | None = None
    comparison: Comparison = ">="
    bar: float = 0.0


def parse_promise(text: str) -> Promise:
    """The promise that `text` writes.

    >>> parse_promise("recall at precision 0.9 >= 40%").bar
    0.4

    Raises GrammarError with the position.
    """
    tokens = Tokens(text)
    if tokens.accept("no", "leakage"):
        tokens.end()
        return Promise(text, "no_leakage")
    if tokens.accept("beats", "champion", "on"):
        measure = _measure(tokens, groups=False)
        bar = tokens.number("the margin") if tokens.accept("by") else 0.0
        tokens.end()
        return Promise(text, "beats_champion", measure, ">=", bar)
    measure = _measure(tokens, groups=True)
    operator = tokens.take()
    if operator.text not in (">=", "<=", ">", "<"):
        raise tokens.error(operator, "expected a comparison: >=, <=, > or <")
    bar = tokens.number("the bar")
    if tokens.peek.kind == "word":
        unit = tokens.take()
        if unit.text not in UNITS:
            raise tokens.error(unit, f"{unit.text!r} is not a unit: write {', '.join(UNITS)}")
        bar *= UNITS[unit.text]
    tokens.end()
    return Promise(text, "measure", measure, operator.text, bar)  # type: ignore[arg-type]


def parse_measure(text: str) -> Measure:
    """The figure that `text` names, as in `train: {metric: ...}`."""
    tokens = Tokens(text)
    measure = _measure(tokens, groups=True)
    tokens.end()
    return measure


def _measure(tokens: Tokens, *, groups: bool) -> Measure:
    offset = tokens.peek.offset
    name = tokens.name("the name of a metric")
    at: str | None = None
    level: float | None = None
    if tokens.accept("at"):
        at = tokens.name("precision, recall or k") if tokens.peek.kind == "word" else "k"
        level = tokens.number("the level")
    per_day = tokens.accept("per", "day")
    of = tokens.name("a column") if groups and per_day and tokens.accept("of") else None
    for_class = tokens.name("a class") if tokens.accept("for") else None
    by = tokens.name("a column") if groups and tokens.accept("by") else None
    return Measure(name, at, level, per_day, for_class, by, offset, of)


def _quoted(name: str) -> str:
    return name if name.replace("_", "a").isalnum() else f"'{name}'"


def _read(value: object) -> object:
    if isinstance(value, Promise):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a promise: write `average_precision >= 0.6`")
    return parse_promise(value)


PromiseText = Annotated[
    Promise,
    BeforeValidator(_read),
    PlainSerializer(lambda promise: promise.text, return_type=str),
    WithJsonSchema({"type": "string"}),
]

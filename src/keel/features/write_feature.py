"""From the text of a feature to how it is computed: scalars of columns, of other features, of
aggregates and of what other tables say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
from sqlglot import exp

from keel.data.table import Column
from keel.features.expression import parse_expression
from keel.features.figure import SEVERAL, Figure
from keel.features.find_figure import find_figure, find_lookup
from keel.features.inline import inline
from keel.features.plan import Feature, stored
from keel.features.scalars.syntax import parse_scalar
from keel.features.tables import EventTable
from keel.spec.aggregate import Aggregate, Written, find_aggregates
from keel.spec.duration import format_duration
from keel.spec.kinds import Kind
from keel.spec.tokens import GrammarError

LONGEST = 100_000
"""Characters of a feature with all that it names written out; such a one takes a second."""


class Writer:
    """Writes the features of `texts` over `columns` and `tables`; those that others need first."""

    def __init__(
        self,
        texts: Mapping[str, str],
        columns: Mapping[str, Column],
        tables: Mapping[str, EventTable],
    ) -> None:
        self._texts = texts
        self._columns = columns
        self._tables = tables
        self._lookups = dict(_lookups(tables))
        self._named: dict[str, str] = {}
        for name, text in texts.items():
            self._named.update(dict.fromkeys(_names(name, text), name))
        self._written: dict[str, list[Feature]] = {}
        self._writing: list[str] = []

    def write(self, name: str) -> list[Feature]:
        """The features that are declared under `name`: several for several windows or values.

        Raises ValueError, a GrammarError where a place can be pointed at.
        """
        if name in self._written:
            return self._written[name]
        if name in self._writing:
            circle = " -> ".join([*self._writing[self._writing.index(name) :], name])
            raise ValueError(f"features need each other in a circle: {circle}")
        self._writing.append(name)
        try:
            self._written[name] = self._write(name, self._texts[name])
        finally:
            self._writing.pop()
        return self._written[name]

    def _write(self, name: str, text: str) -> list[Feature]:
        if text in self._columns:
            column = replace(self._columns[text], name=name)
            return [Feature(column, text, pl.col(text).alias(name))]
        written = find_aggregates(text)
        several = [w for w in written if w.aggregates[0].name in SEVERAL]
        if several:
            return self._several(name, text, written)
        windows = _windows(text, written)
        if windows == 1:
            return [self._scalar(name, text, [w.aggregates[0] for w in written], written)]
        for place in written:
            # Mistakes are shown in the text as it was written, not in that of one window.
            self._figure(place.aggregates[0], text, place.begin)
        return [
            self._scalar(one, _of_window(text, written, i), [w.aggregates[i] for w in written])
            for i, one in enumerate(_names(name, text))
        ]

    def _several(self, name: str, text: str, written: Sequence[Written]) -> list[Feature]:
        if len(written) > 1 or text.strip() != text[written[0].begin : written[0].end]:
            raise ValueError(
                f"{text!r}: {written[0].aggregates[0].name} gives several values: it stands alone"
            )
        if len(written[0].aggregates) > 1:
            raise ValueError(f"{text!r}: one window at a time, as it gives several values already")
        figure = self._figure(written[0].aggregates[0], text, written[0].begin)
        needs = self._needs(written[0].aggregates)
        return [
            Feature(
                Column(one, figure.result), text, pl.col(column).alias(one), name, (figure,), needs
            )
            for one, column in zip(_names(name, text), figure.columns, strict=True)
        ]

    def _scalar(
        self,
        name: str,
        text: str,
        aggregates: Sequence[Aggregate],
        written: Sequence[Written] | None = None,
    ) -> Feature:
        places = find_aggregates(text) if written is None else written
        figures = [
            self._figure(aggregate, text, place.begin)
            for aggregate, place in zip(aggregates, places, strict=True)
        ]
        marked, marks = _mark(text, places)
        named = self._meanings(marked)
        named |= {m: _of_figure(figure) for m, figure in zip(marks, figures, strict=True)}
        kinds = {n: c.kind for n, c in self._columns.items()} | {
            n: k for n, (_, k) in named.items()
        }
        try:
            expression = parse_expression(
                marked, kinds, {n: value for n, (value, _) in named.items()}
            )
        except GrammarError as error:
            raise GrammarError(text, error.offset, error.reason) from error
        value, kind = expression.polars, expression.kind
        if len(str(value)) > LONGEST:
            raise ValueError(
                f"{text!r}: features are written out where they are named, and this is more than "
                f"{LONGEST:,} characters then: name each of them once"
            )
        used = [f for n in expression.columns for f in self._figures_of(n)]
        every = tuple(dict.fromkeys([*figures, *used]))
        said = self._named.keys() & set(expression.columns) - self._columns.keys()
        needs = self._needs(aggregates) | said
        alone = figures[0] if figures and marked.strip() == marks[0] else None
        lookup = self._lookups.get(text.strip())
        if alone is not None or lookup is not None:
            kind = (alone or lookup).result  # type: ignore[union-attr]
            return Feature(Column(name, kind), text, value.alias(name), "", every, needs)
        return Feature(Column(name, kind), text, stored(value, kind).alias(name), "", every, needs)

    def _needs(self, aggregates: Sequence[Aggregate]) -> frozenset[str]:
        """The features that aggregates are taken of."""
        texts = [text for a in aggregates for text in (a.argument, a.where) if text]
        words = {word for text in texts for word in _words(text)}
        return frozenset(words & self._named.keys() - self._columns.keys())

    def _meanings(self, marked: str) -> dict[str, tuple[pl.Expr, Kind]]:
        """What the names of a text stand for that are no columns."""
        named = {n: _of_figure(figure) for n, figure in self._lookups.items()}
        for word in _words(marked):
            if word in self._named and word not in self._columns:
                written = self.write(self._named[word])
                feature = next(f for f in written if f.column.name == word)
                named[word] = feature.polars, feature.column.kind
        return named

    def _figures_of(self, name: str) -> Sequence[Figure]:
        if name in self._lookups:
            return (self._lookups[name],)
        if name in self._columns or name not in self._named:
            return ()
        feature = next(f for f in self.write(self._named[name]) if f.column.name == name)
        return feature.figures

    def _figure(self, aggregate: Aggregate, text: str, begin: int) -> Figure:
        if not self._tables:
            raise ValueError(f"{aggregate}: aggregates need events with a time and an entity")
        first = next(iter(self._tables))
        if aggregate.table in (None, first):
            texts = {n: t for n, t in self._texts.items() if n not in self._columns}
            aggregate = replace(
                aggregate,
                argument=inline(aggregate.argument, texts),
                where=inline(aggregate.where, texts),
            )
        try:
            figure = find_figure(aggregate, self._tables)
        except GrammarError as error:
            raise _within(text, begin, error) from error
        if figure.entity not in self._tables[first].entities:
            raise ValueError(f"{aggregate}: a row of {first} has no column of {figure.entity!r}")
        return figure


def _within(text: str, begin: int, error: GrammarError) -> GrammarError:
    """The error of a part, or of the aggregate as it would stand alone, shown in the whole text."""
    place = text.find(error.text, begin)
    if place >= 0:
        return GrammarError(text, place + error.offset, error.reason)
    word = error.text[error.offset :].split()
    place = text.find(word[0], begin) if word else -1
    return error if place < 0 else GrammarError(text, place, error.reason)


def _of_figure(figure: Figure) -> tuple[pl.Expr, Kind]:
    return pl.col(figure.columns[0]), figure.result


def _lookups(tables: Mapping[str, EventTable]) -> Mapping[str, Figure]:
    found = {}
    for table in tables.values():
        if table.of is not None:
            for column in table.names:
                found[f"{table.name}.{column}"] = find_lookup(table, column)
    return found


def _words(text: str) -> list[str]:
    """What a text names of its own row; nothing where it cannot be read, which is told later."""
    try:
        columns = list(parse_scalar(text).find_all(exp.Column))
    except GrammarError:
        return []
    return list(dict.fromkeys(c.name for c in columns if not c.args.get("table")))


def _windows(text: str, written: Sequence[Written]) -> int:
    """How many features one text makes: aggregates with several windows must have the same."""
    lists = {tuple(a.window for a in w.aggregates) for w in written}
    if len(lists) > 1 and any(len(windows) > 1 for windows in lists):
        raise ValueError(f"{text!r}: aggregates of one feature need the same windows")
    return max((len(windows) for windows in lists), default=1)


def _names(name: str, text: str) -> list[str]:
    """The features that a text makes under a name."""
    try:
        written = find_aggregates(text)
    except ValueError:
        return [name]
    if not written:
        return [name]
    aggregates = written[0].aggregates
    if aggregates[0].name in SEVERAL:
        return [f"{name}_{i + 1}" for i in range(int(aggregates[0].parameter or 1))]
    if len(aggregates) == 1:
        return [name]
    windows = ["lifetime" if a.window is None else format_duration(a.window) for a in aggregates]
    return [f"{name}_{window}" for window in windows]


def _of_window(text: str, written: Sequence[Written], number: int) -> str:
    """The text with one window for each aggregate."""
    parts, begin = [], 0
    for one in written:
        parts += [text[begin : one.begin], str(one.aggregates[number])]
        begin = one.end
    return "".join([*parts, text[begin:]])


def _mark(text: str, written: Sequence[Written]) -> tuple[str, list[str]]:
    """The text with a name in the place of each aggregate, as long as it, so that all else keeps
    its place."""
    marks, marked = [], text
    for number, one in enumerate(written):
        mark = f"_{number}".ljust(one.end - one.begin, "_")
        marks.append(mark)
        marked = marked[: one.begin] + mark + marked[one.end :]
    return marked, marks

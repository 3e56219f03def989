"""Which features a system has, and their values for any rows of its table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from keel.data.table import PHYSICAL, Column
from keel.errors import DeclarationError
from keel.features.figure import Figure
from keel.features.finite import finite
from keel.features.tables import EventTable
from keel.spec.kinds import Kind


@dataclass(frozen=True)
class Feature:
    """One feature: its column, the text that declares it, and how Polars computes it. base: the
    name under which it was declared, where one declaration makes several. figures: what it takes
    from the events of entities. needs: other features that its text names."""

    column: Column
    text: str
    polars: pl.Expr
    base: str = ""
    figures: tuple[Figure, ...] = ()
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FeaturePlan:
    """All features of a system and the table columns they read, both in a fixed order.

    tables: all that are declared, the first one first; empty where no feature looks beyond its row.
    hidden: features that others name, and nobody asks for.
    """

    source: tuple[Column, ...]
    features: tuple[Feature, ...]
    tables: Mapping[str, EventTable]
    hidden: tuple[Feature, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The feature columns."""
        return tuple(feature.column for feature in self.features)

    @property
    def texts(self) -> dict[str, str]:
        """What declares each feature, by name, hidden ones too."""
        every = (*self.hidden, *self.features)
        return {feature.base or feature.column.name: feature.text for feature in every}

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What must be found before features are computed, each once."""
        return tuple(dict.fromkeys(figure for f in self.features for figure in f.figures))

    @property
    def events(self) -> EventTable:
        """The first table, of which every row is an event."""
        return next(iter(self.tables.values()))

    def only(self, names: Collection[str]) -> "FeaturePlan":
        """The features with these names, and the table columns that they read."""
        kept = tuple(f for f in self.features if f.column.name in names)
        others = [f for f in (*self.hidden, *self.features) if f.column.name not in names]
        needed = _needed(kept, {feature.column.name: feature for feature in others})
        hidden = tuple(feature for feature in others if feature.column.name in needed)
        return replace(_plan(kept, self.source, self.tables), hidden=hidden)

    def compute(self, frame: pl.DataFrame) -> pl.DataFrame:
        """[n rows, one column per feature] from n rows of the source columns and of the columns of
        the figures.

        Types are as in a Table; what is not finite is missing.
        """
        return frame.select(feature.polars for feature in self.features)


def plan_features(
    texts: Mapping[str, str],
    columns: Sequence[Column],
    tables: Mapping[str, EventTable] | None = None,
) -> FeaturePlan:
    """The features that `texts` declares, by name, over the table's `columns`.

    A text that is the name of a column is that column with its kind; anything else is an
    expression whose kind follows from its type, of columns, of other features, of aggregates and of
    what other `tables` say of an entity. Raises DeclarationError with every problem.
    """
    known = {column.name: column for column in columns}
    if all(text in known for text in texts.values()):
        plain = (_plain(name, known[text]) for name, text in texts.items())
        return _plan(tuple(plain), tuple(columns), tables or {})
    # A served system of plain columns never needs the parser.
    from keel.features.write_feature import Writer

    writer = Writer(texts, known, tables or {})
    features: list[Feature] = []
    problems: list[str] = []
    for name in texts:
        try:
            features += writer.write(name)
        except ValueError as error:
            problems.append(f"features.{name}: {error}")
    names = [feature.column.name for feature in features]
    problems += [
        f"features: {name!r} stands for two features: give one of them another name"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        raise DeclarationError(list(dict.fromkeys(problems)))
    return _plan(tuple(features), tuple(columns), tables or {})


def _plain(name: str, column: Column) -> Feature:
    return Feature(replace(column, name=name), column.name, pl.col(column.name).alias(name))


def _plan(
    features: tuple[Feature, ...], columns: Sequence[Column], tables: Mapping[str, EventTable]
) -> FeaturePlan:
    used = {name for feature in features for name in feature.polars.meta.root_names()}
    figures = [figure for feature in features for figure in feature.figures]
    if figures:
        used |= set(_asked_of_rows(figures, next(iter(tables.values()))))
    source = tuple(column for column in columns if column.name in used)
    return FeaturePlan(source, features, tables if figures else {})


def _needed(features: Sequence[Feature], others: Mapping[str, Feature]) -> set[str]:
    """Those of `others` that `features` name, and those that these name in turn."""
    needed: set[str] = set()
    left = [name for feature in features for name in feature.needs]
    while left:
        name = left.pop()
        if name in others and name not in needed:
            needed.add(name)
            left += others[name].needs
    return needed


def _asked_of_rows(figures: Sequence[Figure], events: EventTable) -> Iterator[str]:
    """Columns of a row that say whose figures it wants, as of when, and what it adds itself."""
    if events.time is not None:
        yield events.time
    for figure in figures:
        if figure.entity in events.entities:
            yield events.entities[figure.entity]
        if figure.including_self:
            from keel.features.find_figure import read_values

            yield from read_values(figure.reading, events).meta.root_names()
            if events.key is not None:
                yield events.key


def stored(value: pl.Expr, kind: Kind) -> pl.Expr:
    """As a table stores this kind; what is not finite is missing."""
    if kind is not Kind.NUMBER:
        return value.cast(PHYSICAL[kind])
    return finite(value.cast(pl.Float64))

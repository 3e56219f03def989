"""Which features a system has, and their values for any rows of its table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from keel.data.table import PHYSICAL, Column
from keel.errors import DeclarationError
from keel.spec.kinds import Kind


@dataclass(frozen=True)
class Feature:
    """One feature: its column, the text that declares it, and how Polars computes it."""

    column: Column
    text: str
    polars: pl.Expr


@dataclass(frozen=True)
class FeaturePlan:
    """All features of a system and the table columns they read, both in a fixed order."""

    source: tuple[Column, ...]
    features: tuple[Feature, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The feature columns."""
        return tuple(feature.column for feature in self.features)

    @property
    def texts(self) -> dict[str, str]:
        """What declares each feature, by name."""
        return {feature.column.name: feature.text for feature in self.features}

    def only(self, names: Collection[str]) -> "FeaturePlan":
        """The features with these names, and the table columns that they read."""
        features = tuple(f for f in self.features if f.column.name in names)
        read = {name for f in features for name in f.polars.meta.root_names()}
        return FeaturePlan(tuple(c for c in self.source if c.name in read), features)

    def compute(self, frame: pl.DataFrame) -> pl.DataFrame:
        """[n rows, one column per feature] from n rows of the source columns.

        Types are as in a Table; what is not finite is missing.
        """
        return frame.select(feature.polars for feature in self.features)


def plan_features(texts: Mapping[str, str], columns: Sequence[Column]) -> FeaturePlan:
    """The features that `texts` declares, by name, over the table's `columns`.

    A text that is the name of a column is that column with its kind; anything else is an
    expression whose kind follows from its type. Raises DeclarationError with every problem.
    """
    known = {column.name: column for column in columns}
    used: dict[str, None] = {}
    features: list[Feature] = []
    problems: list[str] = []
    for name, text in texts.items():
        if text in known:
            used[text] = None
            features.append(
                Feature(replace(known[text], name=name), text, pl.col(text).alias(name))
            )
            continue
        try:
            feature, reads = _computed(name, text, known)
        except ValueError as error:
            problems.append(f"features.{name}: {error}")
            continue
        used.update(dict.fromkeys(reads))
        features.append(feature)
    if problems:
        raise DeclarationError(problems)
    source = tuple(column for column in columns if column.name in used)
    return FeaturePlan(source, tuple(features))


def _computed(name: str, text: str, known: Mapping[str, Column]) -> tuple[Feature, tuple[str, ...]]:
    # A served system of plain columns never needs the parser.
    from keel.features.expression import parse_expression

    expression = parse_expression(text, tuple(known))
    empty = pl.DataFrame(schema={column.name: PHYSICAL[column.kind] for column in known.values()})
    try:
        dtype = empty.select(expression.polars.alias(name)).schema[name]
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{text!r} mixes types: {str(error).splitlines()[0]}") from error
    kind = _kind(dtype)
    if kind is None:
        raise ValueError(f"{text!r} gives {dtype}; a feature is a number, boolean, text or time")
    return Feature(
        Column(name, kind), text, _stored(expression.polars, kind).alias(name)
    ), expression.columns


def _kind(dtype: pl.DataType) -> Kind | None:
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype.is_numeric():
        return Kind.NUMBER
    if dtype == pl.String:
        return Kind.CATEGORY
    return Kind.TIME if isinstance(dtype, pl.Datetime) else None


def _stored(value: pl.Expr, kind: Kind) -> pl.Expr:
    if kind is not Kind.NUMBER:
        return value.cast(PHYSICAL[kind])
    number = value.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)

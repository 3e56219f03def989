"""Classes by their names, and which of two a person is after."""

from collections.abc import Mapping, Sequence

import polars as pl

from keel.errors import LabelError
from keel.spec.nearest import did_you_mean
from keel.spec.system import LabelSpec

# fmt: off
POSITIVE_NAMES = frozenset(
    (
        "true", "yes", "y", "t", "positive", "pos", "spam", "fraud", "fraudulent", "churn",
        "churned", "default", "defaulted", "bad", "failure", "failed", "anomaly", "anomalous",
        "abnormal", "attack", "malicious", "malignant", "disease", "sick", "click", "clicked",
        "converted", "bought", "event",
    )
)
# fmt: on
POSITIVE_OF = ({"0", "1"}, {"-1", "1"})


def class_texts(column: pl.Series) -> pl.Series:
    """The classes of a label as text, null where missing: 1.0 and 1 are the class "1".

    Raises LabelError for a type that names no classes.
    """
    kind = column.dtype
    if kind == pl.Boolean:
        words = pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false"))
        return pl.select(words.alias(column.name)).to_series()
    if kind.is_float():
        whole = column.is_null() | column.is_nan() | (column == column.round())
        column = column.fill_nan(None)
        if whole.all():
            return column.cast(pl.Int64).cast(pl.String)
        return column.cast(pl.String)
    if kind.is_integer() or kind in (pl.String, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    raise LabelError(
        f"label {column.name!r} holds {kind}, which names no classes: "
        "a class is a text, a boolean or a number"
    )


def order_classes(sizes: Mapping[str, int], spec: LabelSpec) -> tuple[str, ...]:
    """The classes in their order; of two the positive one is the last. sizes: rows of each.

    Raises LabelError for a declared positive class that is none or is one of more than two.
    """
    classes = sorted(sizes, key=_order)
    positive = spec.positive
    if positive is not None and positive not in sizes:
        raise LabelError(
            f"label.positive is {positive!r}, which is not a class of {spec.column!r}: "
            f"{did_you_mean(positive, classes)}"
        )
    if len(classes) > 2:
        if positive is not None:
            raise LabelError(
                f"label.positive is {positive!r}, but {spec.column!r} has {len(classes)} classes, "
                "and only one of two can be the positive one: remove it"
            )
        return tuple(classes)
    if positive is None:
        positive = likely_positive(classes, sizes)
    (negative,) = (name for name in classes if name != positive)
    return negative, positive


def likely_positive(classes: Sequence[str], sizes: Mapping[str, int]) -> str:
    """Of two classes in order the one with a name like `yes`, else the rarer."""
    if set(classes) in POSITIVE_OF:
        return "1"
    named = [name for name in classes if name.strip().lower() in POSITIVE_NAMES]
    if len(named) == 1:
        return named[0]
    return min(reversed(classes), key=lambda name: sizes[name])


def _order(name: str) -> tuple[int, float, str]:
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name

"""Which items a request allows: `{"genre": "Comedy"}`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.errors import RequestError
from keel.spec.nearest import did_you_mean
from keel.train.recommend.content import SEPARATOR

Value = str | float | bool
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ItemFilter:
    """items: how many there are. fields: for each its values, and the codes of the items that have
    them; an item without a value is in none."""

    items: int
    fields: Mapping[str, Mapping[Value, NDArray[np.int64]]]

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "ItemFilter":
        """Every column of `frame`, whose rows are items by code: texts (each part of `a|b` is a
        value), lists, numbers and booleans; other columns cannot be asked for."""
        fields = {name: _index(frame[name]) for name in frame.columns}
        return cls(len(frame), {name: found for name, found in fields.items() if found})


def allowed_items(chosen: ItemFilter, wanted: Mapping[str, object]) -> Mask:
    """[items] those that have every field of `wanted` as it says: a value, or a list of values of
    which any will do. Values are compared as they are written, upper and lower case apart.

    Raises RequestError naming every field and value that no item has, with what is allowed.
    """
    mask = np.ones(chosen.items, dtype=np.bool_)
    problems: list[str] = []
    for name, value in wanted.items():
        known = chosen.fields.get(name)
        if known is None:
            problems.append(
                f"filter names {name!r}, which no item has: {did_you_mean(name, chosen.fields)}"
            )
            continue
        asked = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        own = np.zeros(chosen.items, dtype=np.bool_)
        for each in asked:
            found = _find(known, each)
            if found is None:
                problems.append(_unknown(name, each, known))
            else:
                own[found] = True
        mask &= own
    if problems:
        raise RequestError("\n".join(problems))
    return mask


def _index(column: pl.Series) -> dict[Value, NDArray[np.int64]]:
    code = pl.Series("code", np.arange(len(column)))
    table = pl.DataFrame({"value": column, "code": code})
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        parts = pl.col("value").cast(pl.String).str.split(SEPARATOR)
        table = table.with_columns(parts.list.eval(pl.element().str.strip_chars())).explode("value")
        table = table.filter(pl.col("value") != "")
    elif column.dtype == pl.List(pl.String):
        table = table.explode("value")
    elif column.dtype.is_numeric():
        table = table.with_columns(pl.col("value").cast(pl.Float64).fill_nan(None))
    elif column.dtype != pl.Boolean:
        return {}
    table = table.drop_nulls().unique().sort("value", "code")
    value, codes = table["value"], table["code"].to_numpy()
    starts = np.flatnonzero((value != value.shift()).fill_null(True).to_numpy())
    return dict(zip(value.gather(starts).to_list(), np.split(codes, starts[1:]), strict=True))


def _find(known: Mapping[Value, NDArray[np.int64]], value: object) -> NDArray[np.int64] | None:
    """Codes of the items that have a value; None where no item has it, or a type differs."""
    first = next(iter(known))
    if isinstance(value, bool) or isinstance(first, bool):
        right = isinstance(value, bool) and isinstance(first, bool)
        return known.get(value) if right and isinstance(value, bool) else None
    if isinstance(value, int | float) and isinstance(first, float):
        return known.get(float(value))
    return known.get(value) if isinstance(value, str) and isinstance(first, str) else None


def _unknown(name: str, value: object, known: Mapping[Value, NDArray[np.int64]]) -> str:
    first = next(iter(known))
    said = f"filter asks for {name} = {value!r}, which no item has"
    if isinstance(first, str):
        return f"{said}: {did_you_mean(str(value), [str(each) for each in known])}"
    if isinstance(first, bool):
        return f"{said}: allowed are {', '.join(str(each).lower() for each in known)}"
    numbers = [float(each) for each in known]
    return f"{said}: allowed are numbers from {min(numbers):g} to {max(numbers):g} that occur"

"""Rows of plain Python values, which may mix types within a column, as a frame."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa

TEXTS = pa.list_(pa.string())


def loose_frame(
    rows: Sequence[Mapping[str, Any]], names: Iterable[str] | None = None
) -> pl.DataFrame:
    """A column per name, by default every name in order of appearance; absent values are null.

    A column whose values share no type becomes text, a list of texts among them its lines.
    """
    if names is None:
        names = list(dict.fromkeys(str(name) for row in rows for name in row))
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    frame = pl.from_arrow(pa.table(columns))
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("an Arrow table is a frame")
    return frame


def _column(values: list[Any]) -> pa.Array:
    types = {type(value) for value in values} - {type(None)}
    if Decimal in types:
        values = [float(value) if isinstance(value, Decimal) else value for value in values]
        types = types - {Decimal} | {float}
    if types <= {int, float} and len(types) == 2:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if len(types) <= 1:
        try:
            array = pa.array(values)
            if not pa.types.is_nested(array.type) or array.type == TEXTS:
                return array
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "\n".join(value)
    return str(value)

"""Reads what was shown to users out of a file."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from keel.backends.disk import disk
from keel.diagnose.situation import ANSWER_SCHEMA
from keel.errors import TableError

READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".parquet": pl.read_parquet,
    ".jsonl": pl.read_ndjson,
    ".arrow": pl.read_ipc,
}


def read_answers(path: Path) -> pl.DataFrame:
    """`ANSWER_SCHEMA` of a table with the columns user, time (a time, or text in ISO 8601; UTC
    unless it says otherwise) and items, a list of ids with the first on top.

    Raises TableError for a file that is missing, of another kind, or lacks a column.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise TableError(f"{path} is none of {', '.join(READERS)}: write what was shown as one")
    if not path.is_file():
        raise TableError(f"there is no file {path}")
    try:
        with disk(path):
            table = reader(path)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path} does not read as {path.suffix}: {error}") from error
    missing = [name for name in ANSWER_SCHEMA if name not in table.columns]
    if missing:
        raise TableError(
            f"{path} has no column {', '.join(missing)}: it needs user, time and items"
        )
    time = pl.col("time")
    if table["time"].dtype == pl.String:
        time = time.str.to_datetime(time_unit="us", time_zone="UTC")
    if not isinstance(table["items"].dtype, pl.List):
        raise TableError(f"{path}: items must be a list of ids in each row")
    try:
        return table.select(
            pl.col("user").cast(pl.String),
            time.cast(pl.Datetime("us")).cast(pl.Int64).alias("time"),
            pl.col("items").cast(pl.List(pl.String)),
        )
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path}: {error}") from error

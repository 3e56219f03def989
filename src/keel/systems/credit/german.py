"""German credit: downloads it, and writes its codes as the words they stand for."""

import io
from pathlib import Path

import polars as pl

from keel.errors import TableError
from keel.systems.credit.codes import CODES, COLUMNS
from keel.systems.download import Remote, original
from keel.systems.source import write_table
from keel.train.progress import Tell

REMOTE = Remote(
    "https://archive.ics.uci.edu/static/public/144/statlog+german+credit+data.zip",
    "b21f3d81db8071257d5ff1deaeba1fd4303b62712e6fcc9715c7a86202cb5871",
    ("german.data", "german_credit.csv"),
    "german.data",
)
_FEMALE = ("A92", "A95")


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`loans.parquet`: 1,000 loans, 300 of them bad."""
    loans = read_german(original(REMOTE, data, tell))
    tell(f"data      {len(loans):,} loans, {int((loans['risk'] == 'bad').sum())} of them bad")
    return (write_table(loans, into / "loans.parquet"),)


def read_german(content: bytes) -> pl.DataFrame:
    """The table that `german.data` holds, separated by spaces as in the original or by commas.

    Raises TableError when it is something else.
    """
    separator = "," if b"," in content[:200] else " "
    try:
        raw = pl.read_csv(
            io.BytesIO(content), separator=separator, has_header=False, infer_schema=False
        )
    except pl.exceptions.PolarsError as error:
        raise TableError(f"this is not the German credit data: {error}") from error
    if raw.width != len(COLUMNS):
        raise TableError(
            f"this is not the German credit data: it has {raw.width} columns, not {len(COLUMNS)}"
        )
    raw.columns = list(COLUMNS)
    words = [
        pl.col(name).replace_strict(CODES[name], default=None)
        if name in CODES
        # The number of a loan with a word in it would be another file's.
        else pl.col(name).cast(pl.Int64, strict=False)
        for name in COLUMNS
    ]
    sex = pl.when(pl.col("personal_status").is_in(_FEMALE)).then(pl.lit("female"))
    table = raw.select(*words, sex=sex.otherwise(pl.lit("male")))
    unknown = [name for name in table.columns if table[name].null_count()]
    if unknown:
        raise TableError(f"this is not the German credit data: unknown codes in {unknown}")
    return table.select(pl.exclude("risk"), "risk")

"""Adult: downloads the census extract and brings its two parts into one form."""

from pathlib import Path

import polars as pl

from keel.errors import TableError
from keel.systems.download import Remote, original
from keel.systems.source import write_table
from keel.train.progress import Tell

_ADDRESS = "https://archive.ics.uci.edu/static/public/2/adult.zip"
TRAIN = Remote(
    _ADDRESS,
    "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
    ("adult.data",),
    "adult.data",
)
TEST = Remote(
    _ADDRESS,
    "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
    ("adult.test",),
    "adult.test",
)

COLUMNS = (
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
)
_NUMBERS = ("age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`adult.parquet` with 32,561 people and `adult_test.parquet` with 16,281 others."""
    train = read_adult(original(TRAIN, data, tell))
    test = read_adult(original(TEST, data, tell))
    tell(f"data      {len(train):,} people, and {len(test):,} others as the test part")
    return (
        write_table(train, into / "adult.parquet"),
        write_table(test, into / "adult_test.parquet"),
    )


def read_adult(content: bytes) -> pl.DataFrame:
    """The table that `adult.data` or `adult.test` holds; `?` is missing, and the dot that ends
    the labels of the test part is cut off.

    Raises TableError when it is something else.
    """
    lines = content.decode("utf-8", "replace").splitlines()
    rows = [
        [value.strip() for value in line.split(",")]
        for line in lines
        if line.count(",") == len(COLUMNS) - 1 and line[:1].isdigit()
    ]
    if not rows:
        raise TableError(f"this is not the Adult data: no line of {len(COLUMNS)} values in it")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    frame = frame.with_columns(
        pl.exclude(*_NUMBERS, "income").replace("?", None),
        pl.col(_NUMBERS).cast(pl.Int64, strict=False),
        income=pl.col("income").str.strip_suffix("."),
    )
    labels = set(frame["income"].unique())
    if labels != {"<=50K", ">50K"}:
        raise TableError(f"this is not the Adult data: its last column has {sorted(labels)}")
    return frame

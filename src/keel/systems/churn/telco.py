"""Telco: downloads IBM's table of telephone customers."""

import io
from pathlib import Path

import polars as pl

from keel.errors import TableError
from keel.systems.download import Remote, original
from keel.systems.source import write_table
from keel.train.progress import Tell

REMOTE = Remote(
    "https://raw.githubusercontent.com/IBM/telco-customer-churn-on-icp4d/"
    "d5371f5d83a446ad5673cbcca3b814b926491f8a/data/Telco-Customer-Churn.csv",
    "16320c9c1ec72448db59aa0a26a0b95401046bef5d02fd3aeb906448e3055e91",
    ("Telco-Customer-Churn.csv", "WA_Fn-UseC_-Telco-Customer-Churn.csv", "telco_churn.csv"),
)
_WANTED = ("customerID", "tenure", "Contract", "MonthlyCharges", "TotalCharges", "Churn")


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`customers.parquet`: 7,043 customers, 1,869 of whom left."""
    customers = read_telco(original(REMOTE, data, tell))
    left = int((customers["Churn"] == "Yes").sum())
    tell(f"data      {len(customers):,} customers, {left:,} of whom left")
    return (write_table(customers, into / "customers.parquet"),)


def read_telco(content: bytes) -> pl.DataFrame:
    """The table, with the blank `TotalCharges` of new customers missing.

    Raises TableError when it is another one.
    """
    try:
        frame = pl.read_csv(io.BytesIO(content), infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"this is not the Telco churn data: {error}") from error
    missing = [name for name in _WANTED if name not in frame.columns]
    if missing:
        raise TableError(f"this is not the Telco churn data: no column {', '.join(missing)}")
    total = pl.col("TotalCharges").cast(pl.String).str.strip_chars()
    return frame.with_columns(
        TotalCharges=total.cast(pl.Float64, strict=False),
        SeniorCitizen=pl.col("SeniorCitizen").cast(pl.Boolean),
    )

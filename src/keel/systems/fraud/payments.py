"""The fraud system's table: card payments, simulated unless somebody has their own."""

from pathlib import Path

import polars as pl

from keel.errors import TableError
from keel.systems.fraud.simulate import Size, simulate
from keel.systems.source import write_table
from keel.train.progress import Tell


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`transactions.parquet`: of the default size, or the rows of the table at `data`."""
    if data is not None:
        return (write_table(_read(data), into / "transactions.parquet"),)
    return (write_payments(into / "transactions.parquet", Size(), tell),)


def write_payments(path: Path, size: Size, tell: Tell) -> Path:
    """Payments of `size` as a Parquet file."""
    payments = simulate(size).payments
    frauds = int(payments["is_fraud"].sum())
    tell(
        f"data      simulated {len(payments):,} card payments of {size.customers:,} customers in "
        f"{size.days} days, {frauds:,} of them fraud (seed {size.seed})"
    )
    return write_table(payments, path)


def _read(data: Path) -> pl.DataFrame:
    try:
        if data.suffix == ".csv":
            frame = pl.read_csv(data, try_parse_dates=True, infer_schema_length=10_000)
        else:
            frame = pl.read_parquet(data)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TableError(f"cannot read payments from {data}: {error}") from error
    wanted = simulate(Size(customers=2, terminals=4, days=2)).payments.columns
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise TableError(
            f"{data} lacks the columns {', '.join(missing)}; the fraud system reads "
            f"{', '.join(wanted)}: leave --data out to simulate such a table"
        )
    return frame.select(wanted)

"""The fraud system's table, simulated or one's own."""

from pathlib import Path

import polars as pl
import pytest

from keel.errors import TableError
from keel.systems.fraud.payments import write, write_payments
from keel.systems.fraud.simulate import Size
from keel.train.progress import silent


def test_payments_of_a_wanted_size_are_written(tmp_path: Path) -> None:
    told: list[str] = []
    path = write_payments(tmp_path / "t.parquet", Size(50, 60, 20, seed=1), told.append)
    assert pl.read_parquet(path).width == 14
    assert "50 customers in 20 days" in told[0]


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    size = Size(50, 60, 20, seed=1)
    first = write_payments(tmp_path / "a.parquet", size, silent).read_bytes()
    assert write_payments(tmp_path / "b.parquet", size, silent).read_bytes() == first


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_table_of_ones_own_is_taken(tmp_path: Path, suffix: str) -> None:
    own = pl.read_parquet(write_payments(tmp_path / "o.parquet", Size(50, 60, 20), silent))
    path = tmp_path / f"own{suffix}"
    if suffix == ".csv":
        own.write_csv(path)
    else:
        own.with_columns(more=1).write_parquet(path)
    (tmp_path / "into").mkdir()
    (written,) = write(tmp_path / "into", path, silent)
    assert pl.read_parquet(written).equals(own)


def test_a_table_without_the_columns_is_refused_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "own.parquet"
    pl.DataFrame({"tx_id": [1], "amount": [2.0]}).write_parquet(path)
    with pytest.raises(TableError, match="lacks the columns tx_time, customer_id"):
        write(tmp_path, path, silent)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.parquet"
    path.write_text("nothing")
    with pytest.raises(TableError, match="cannot read payments"):
        write(tmp_path, path, silent)

"""Telco is read with the blanks of new customers missing."""

import os
from pathlib import Path

import polars as pl
import pytest

from keel.errors import TableError
from keel.systems.churn.telco import REMOTE, read_telco, write
from keel.train.progress import silent

ROWS = b"""customerID,SeniorCitizen,tenure,Contract,MonthlyCharges,TotalCharges,Churn
a,0,1,Month-to-month,29.85,29.85,No
b,1,0,Two year,52.55, ,Yes
"""


def test_a_blank_total_is_missing() -> None:
    customers = read_telco(ROWS)
    assert customers["TotalCharges"].to_list() == [29.85, None]
    assert customers["SeniorCitizen"].to_list() == [False, True]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\x00\n"])
def test_another_table_is_refused(content: bytes) -> None:
    with pytest.raises(TableError, match="not the Telco churn data"):
        read_telco(content)


@pytest.mark.skipif(
    "KEEL_TEST_DATA" not in os.environ, reason="needs KEEL_TEST_DATA, a folder of public data sets"
)
def test_the_whole_table_has_its_published_counts(tmp_path: Path) -> None:
    (path,) = write(tmp_path, Path(os.environ["KEEL_TEST_DATA"]) / REMOTE.names[2], silent)
    customers = pl.read_parquet(path)
    assert customers.shape == (7_043, 21)
    assert customers["TotalCharges"].null_count() == 11
    assert (customers["Churn"] == "Yes").sum() == 1_869

"""German credit is read from either form, with words in place of codes."""

import os
from pathlib import Path

import polars as pl
import pytest

from keel.errors import TableError
from keel.systems.credit.codes import CODES, COLUMNS
from keel.systems.credit.german import REMOTE, read_german, write
from keel.train.progress import silent

# The first rows of german.data (doi:10.24432/C5NC77).
ROWS = b"""A11 6 A34 A43 1169 A65 A75 4 A93 A101 4 A121 67 A143 A152 2 A173 1 A192 A201 1
A12 48 A32 A43 5951 A61 A73 2 A92 A101 2 A121 22 A143 A152 1 A173 1 A191 A201 2
"""


def test_codes_become_words_and_sex_is_read_out() -> None:
    loans = read_german(ROWS)
    first, second = loans.iter_rows(named=True)
    assert first["checking_account"] == "below 0 DM"
    assert (first["amount"], first["risk"], first["sex"]) == (1169, "good", "male")
    assert (second["amount"], second["risk"], second["sex"]) == (5951, "bad", "female")
    assert loans.columns[-1] == "risk"


def test_both_separators_give_one_table() -> None:
    assert read_german(ROWS).equals(read_german(ROWS.replace(b" ", b",")))


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", ROWS.replace(b"A11", b"A99"), ROWS.replace(b"1169", b"many"), b"\xff\x00"],
)
def test_another_table_is_refused(content: bytes) -> None:
    with pytest.raises(TableError, match="not the German credit data"):
        read_german(content)


def test_every_code_belongs_to_a_column() -> None:
    assert set(CODES) < set(COLUMNS)
    assert len({code for codes in CODES.values() for code in codes}) == 58


@pytest.mark.skipif(
    "KEEL_TEST_DATA" not in os.environ, reason="needs KEEL_TEST_DATA, a folder of public data sets"
)
def test_the_whole_table_has_its_published_counts(tmp_path: Path) -> None:
    data = Path(os.environ["KEEL_TEST_DATA"]) / REMOTE.names[1]
    (path,) = write(tmp_path, data, silent)
    loans = pl.read_parquet(path)
    assert loans.shape == (1000, 22)
    assert (loans["risk"] == "bad").sum() == 300
    assert (loans["sex"] == "female").sum() == 310

"""Both parts of Adult are read into one form."""

import os
from pathlib import Path

import polars as pl
import pytest

from keel.errors import TableError
from keel.systems.credit.adult import read_adult, write
from keel.train.progress import silent

TRAIN = (
    b"39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, "
    b"Male, 2174, 0, 40, United-States, <=50K\n"
    b"54, ?, 180211, Some-college, 10, Married-civ-spouse, ?, Husband, Asian-Pac-Islander, Male, "
    b"0, 0, 60, South, >50K\n\n"
)
TEST = b"|1x3 Cross validator\n" + TRAIN.replace(b"50K", b"50K.")


def test_the_test_part_reads_as_the_other_does() -> None:
    assert read_adult(TEST).equals(read_adult(TRAIN))


def test_question_marks_are_missing_and_numbers_are_numbers() -> None:
    people = read_adult(TRAIN)
    assert people["workclass"].to_list() == ["State-gov", None]
    assert people["age"].to_list() == [39, 54]
    assert people["income"].to_list() == ["<=50K", ">50K"]


@pytest.mark.parametrize("content", [b"", b"a,b\n", TRAIN.replace(b"50K", b"60K"), b"\xff"])
def test_another_table_is_refused(content: bytes) -> None:
    with pytest.raises(TableError, match="not the Adult data"):
        read_adult(content)


@pytest.mark.skipif(
    "KEEL_TEST_DATA" not in os.environ, reason="needs KEEL_TEST_DATA, a folder of public data sets"
)
def test_the_whole_tables_have_their_published_counts(tmp_path: Path) -> None:
    train, test = write(tmp_path, Path(os.environ["KEEL_TEST_DATA"]) / "adult", silent)
    rich = pl.col("income") == ">50K"
    assert len(pl.read_parquet(train)) == 32_561
    assert len(pl.read_parquet(test)) == 16_281
    assert pl.read_parquet(train).select(rich.sum()).item() == 7_841
    assert pl.read_parquet(test).select(rich.sum()).item() == 3_846

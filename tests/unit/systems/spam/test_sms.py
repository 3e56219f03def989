"""Messages are read with a mark for those that say the same."""

import os
from pathlib import Path

import polars as pl
import pytest

from keel.errors import TableError
from keel.systems.spam.same_text import same_text
from keel.systems.spam.sms import REMOTE, read_sms, write
from keel.train.progress import silent

ROWS = (
    "ham\tOk lar...\nspam\tCall 0800123456 NOW!!\nham\tok  LAR\nham\tünï\t tab\n".encode()
    + b"ham\tbroken \xff\n"
)


def test_messages_come_with_their_label() -> None:
    spam = read_sms(ROWS).row(1, named=True)
    assert (spam["label"], spam["text"]) == ("spam", "Call 0800123456 NOW!!")


def test_messages_that_say_the_same_share_a_mark() -> None:
    marks = read_sms(ROWS)["same_text"].to_list()
    assert marks[0] == marks[2]
    assert len(set(marks)) == 4


def test_numbers_may_be_overlooked_and_empty_texts_are_like_no_other() -> None:
    assert len(set(same_text(["pay 10", "pay 20"]))) == 2
    assert len(set(same_text(["pay 10", "pay 20"], digits=False))) == 1
    assert len(set(same_text(["", " ", "!!"]))) == 3


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"ham\tonly\n", b"label\ttext\n" + ROWS])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(TableError, match="not the SMS spam collection"):
        read_sms(content)


@pytest.mark.skipif(
    "KEEL_TEST_DATA" not in os.environ, reason="needs KEEL_TEST_DATA, a folder of public data sets"
)
def test_the_whole_collection_has_its_published_counts(tmp_path: Path) -> None:
    (path,) = write(tmp_path, Path(os.environ["KEEL_TEST_DATA"]) / REMOTE.names[1], silent)
    messages = pl.read_parquet(path)
    assert len(messages) == 5_574
    assert (messages["label"] == "spam").sum() == 747
    assert messages["text"].n_unique() < 5_574

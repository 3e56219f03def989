"""Mails are read from archives, folders and tables into the same rows."""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import polars as pl
import pytest

from keel.errors import EnvironmentFailure, TableError
from keel.systems.spam.spamassassin import ARCHIVES, write
from keel.train.progress import silent

HAM = b"From: a@one.example\nSubject: lunch\n\nAt 12?"
SPAM = b"From: b@two.example\nSubject: WIN 100\n\nNow!"
AGAIN = b"From: c@three.example\nSubject: WIN 200\n\nNow!"
FOLDERS = {
    "easy_ham": {"1": HAM, "cmds": b"mv"},
    "easy_ham_2": {},
    "hard_ham": {},
    "spam": {"2": SPAM},
    "spam_2": {"3": AGAIN},
}


def folders(at: Path) -> Path:
    for folder, mails in FOLDERS.items():
        (at / folder).mkdir(parents=True)
        for name, raw in mails.items():
            (at / folder / name).write_bytes(raw)
    return at


def archives(at: Path) -> Path:
    at.mkdir()
    for archive, (folder, mails) in zip(ARCHIVES, FOLDERS.items(), strict=True):
        with tarfile.open(at / archive, "w:bz2") as tar:
            for name, raw in mails.items():
                member = tarfile.TarInfo(f"{folder}/{name}")
                member.size = len(raw)
                tar.addfile(member, io.BytesIO(raw))
    return at


def table(at: Path) -> Path:
    rows = [
        (folder, name, "spam" in folder, raw)
        for folder, mails in FOLDERS.items()
        for name, raw in mails.items()
        if name != "cmds"
    ]
    frame = pl.DataFrame(rows, schema=["folder", "file", "spam", "raw"], orient="row")
    frame.write_parquet(at.with_suffix(".parquet"))
    return at.with_suffix(".parquet")


@pytest.mark.parametrize("form", [folders, archives, table])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: object) -> None:
    assert callable(form)
    (path,) = write(tmp_path, form(tmp_path / "mails"), silent)
    mails = pl.read_parquet(path)
    assert mails["mail_id"].to_list() == ["easy_ham/1", "spam/2", "spam_2/3"]
    assert mails["spam"].to_list() == [False, True, True]
    assert mails["subject"].to_list() == ["lunch", "WIN 100", "WIN 200"]


def test_mails_that_differ_only_in_numbers_share_a_mark(tmp_path: Path) -> None:
    (path,) = write(tmp_path, folders(tmp_path / "mails"), silent)
    marks = pl.read_parquet(path)["same_text"].to_list()
    assert marks[1] == marks[2] != marks[0]


def test_mails_of_one_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mails" / "ham").mkdir(parents=True)
    (tmp_path / "mails" / "ham" / "1").write_bytes(HAM)
    with pytest.raises(TableError, match="1 mails of one kind"):
        write(tmp_path, tmp_path / "mails", silent)


def test_a_folder_that_is_not_there_is_refused_with_the_address(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"no folder .*spamassassin\.apache\.org"):
        write(tmp_path, tmp_path / "none", silent)


def test_half_an_archive_is_an_environment_failure(tmp_path: Path) -> None:
    folder = archives(tmp_path / "mails")
    first = folder / next(iter(ARCHIVES))
    first.write_bytes(first.read_bytes()[:60])
    with pytest.raises(EnvironmentFailure, match="not a whole archive"):
        write(tmp_path, folder, silent)


@pytest.mark.skipif(
    "KEEL_TEST_DATA" not in os.environ, reason="needs KEEL_TEST_DATA, a folder of public data sets"
)
def test_the_corpus_names_each_mail_by_the_hash_of_its_bytes() -> None:
    """So the copy at hand is the original, mail by mail: the file names carry MD5 sums."""
    data = Path(os.environ["KEEL_TEST_DATA"]) / "spamassassin_mails.parquet"
    mails = pl.read_parquet(data).head(500)
    named = [file.split(".")[1] for file in mails["file"]]
    sums = [hashlib.md5(raw, usedforsecurity=False).hexdigest() for raw in mails["raw"]]
    assert named == sums

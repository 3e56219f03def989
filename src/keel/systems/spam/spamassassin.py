"""SpamAssassin's public corpus: downloads the mails, reads each, and groups those alike."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from keel.errors import EnvironmentFailure, TableError
from keel.systems.download import Remote, original
from keel.systems.source import write_table
from keel.systems.spam.mail import Mail, read_mail
from keel.systems.spam.same_text import same_text
from keel.train.progress import Tell

_ADDRESS = "https://spamassassin.apache.org/old/publiccorpus/"
ARCHIVES = {
    "20030228_easy_ham.tar.bz2": "2b7b65904bcfcc31d2b5f51946f2d261370b257402cbbd62930b46ab83367438",
    "20030228_easy_ham_2.tar.bz2": (
        "b4bd3dc5ae5b40f38e99a0e41ad7d16b428b56e818e3a6ffa07330d62004dd38"
    ),
    "20030228_hard_ham.tar.bz2": "ce2ce67880643dbde65ea7f85bffbfe4417349c4bd80b6b0de56262ae6b0a9c9",
    "20030228_spam.tar.bz2": "c08debc32413804949a866be45ef78195cec2cbafd1da744ed76cdb860589743",
    "20050311_spam_2.tar.bz2": "44280a0e28bf7645b2279e8e42659271ad82c6f40bf8d364dbda7f1df344a765",
}
_SCHEMA = pl.Schema(
    {
        name: {str: pl.String(), bool: pl.Boolean(), int: pl.Int64(), float: pl.Float64()}.get(
            kind, pl.Int64()
        )
        for name, kind in Mail.__annotations__.items()
    }
)


@dataclass(frozen=True)
class RawMail:
    """One mail as it came, from which folder, and whether it is spam."""

    name: str
    folder: str
    spam: bool
    raw: bytes


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`mails.parquet`: 6,046 mails, 1,896 of them spam.

    data: a folder with the five archives, or with folders of mails whose names say `spam` or
    `ham`, or a Parquet file with the columns folder, file, spam and raw.
    """
    mails = read_mails(_raw_mails(data, tell))
    spam = int(mails["spam"].sum())
    broken = int(mails["broken"].sum())
    tell(f"data      {len(mails):,} mails, {spam:,} of them spam, {broken} broken ones read too")
    return (write_table(mails, into / "mails.parquet"),)


def read_mails(raw_mails: Iterator[RawMail]) -> pl.DataFrame:
    """A row per mail, in the order of folder and name. Raises TableError if there are none."""
    mails = sorted(raw_mails, key=lambda mail: (mail.folder, mail.name))
    if not {mail.spam for mail in mails} == {True, False}:
        raise TableError(
            f"{len(mails)} mails of one kind: give folders of mails named like easy_ham and spam_2"
        )
    rows = pl.DataFrame([asdict(read_mail(mail.raw)) for mail in mails], schema=_SCHEMA)
    alike = same_text(
        (row["subject"] + " " + row["body"] for row in rows.iter_rows(named=True)), digits=False
    )
    return rows.with_columns(
        pl.Series("mail_id", [f"{mail.folder}/{mail.name}" for mail in mails]),
        pl.Series("same_text", alike),
        pl.Series("spam", [mail.spam for mail in mails]),
    )


def _raw_mails(data: Path | None, tell: Tell) -> Iterator[RawMail]:
    if data is not None and data.suffix == ".parquet":
        yield from _from_parquet(data)
        return
    if data is not None and not any((data / name).is_file() for name in ARCHIVES):
        yield from _from_folders(data)
        return
    for name, sha256 in ARCHIVES.items():
        remote = Remote(_ADDRESS + name, sha256, (name,))
        yield from _from_archive(name, original(remote, data, tell))


def _from_archive(archive: str, content: bytes) -> Iterator[RawMail]:
    """Mails are read, never unpacked, so that no name in an archive can reach the disk."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as tar:
            for member in tar:
                path = Path(member.name)
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None and path.name != "cmds":
                    folder = path.parent.name or archive
                    yield RawMail(path.name, folder, "spam" in folder, file.read())
    except (tarfile.TarError, EOFError, OSError) as error:
        raise EnvironmentFailure(f"{archive} is not a whole archive: {error}") from error


def _from_folders(data: Path) -> Iterator[RawMail]:
    if not data.is_dir():
        raise TableError(
            f"there is no folder {data}: give one with the archives {', '.join(ARCHIVES)} or with "
            f"folders of mails, or leave --data out to download them from {_ADDRESS}"
        )
    for file in sorted(data.glob("*/*")):
        folder = file.parent.name.lower()
        if file.is_file() and file.name != "cmds" and ("spam" in folder or "ham" in folder):
            yield RawMail(file.name, folder, "spam" in folder, file.read_bytes())


def _from_parquet(data: Path) -> Iterator[RawMail]:
    try:
        frame = pl.read_parquet(data, columns=["folder", "file", "spam", "raw"])
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TableError(f"{data} is not a table of raw mails: {error}") from error
    for folder, file, spam, raw in frame.iter_rows():
        yield RawMail(file, folder, spam, raw)

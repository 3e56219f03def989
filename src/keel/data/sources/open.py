"""Picks the source that can read a table, by its type, address or file name."""

from collections.abc import Collection
from pathlib import Path

from keel.data.sources.source import Source
from keel.errors import TableError
from keel.spec.log import LogSpec, is_log
from keel.spec.nearest import did_you_mean

PARQUET = (".parquet", ".pq")
ARROW = (".arrow", ".feather", ".ipc")
JSON = (".jsonl", ".ndjson", ".json")
SQLITE = (".db", ".sqlite", ".sqlite3")


def open_source(
    table: object,
    *,
    base: Path = Path(),
    query: str | None = None,
    columns: tuple[str, ...] | None = None,
    wanted: Collection[str] = (),
    log: LogSpec | None = None,
) -> Source:
    """The rows of `table`: a path (taken from `base`), a database address, or a table in memory.

    columns: names for a file without a header. wanted: names that columns should have, by which a
    header is recognised. log: read it as a log, as one is read that is named like one. Raises
    TableError for what cannot be read.
    """
    if not isinstance(table, str | Path):
        from keel.data.sources.frame import FrameSource

        return FrameSource(table)
    address = str(table)
    if "://" in address and not address.startswith("file://"):
        return _open_address(address, base, query)
    path = base / Path(address.removeprefix("file://")).expanduser()
    if log is not None or is_log(address):
        from keel.data.sources.log import LogSource

        return LogSource(path, log, base)
    if not path.exists():
        raise TableError(_missing(path))
    if path.is_dir():
        raise TableError(f"{path} is a folder: name the table file in it")
    if path.suffix.lower() in SQLITE:
        from keel.data.sources.sql import SqlSource

        return SqlSource(f"sqlite:///{path}", query)
    if query is not None:
        raise TableError(f"`query` works on a database, but {path} is a file: leave `query` out")
    return _open_file(path, columns, wanted)


def _open_address(address: str, base: Path, query: str | None) -> Source:
    from keel.data.sources.sql import SqlSource

    if address.startswith("sqlite:///"):
        place, mark, table = address.removeprefix("sqlite:///").partition("#")
        path = base / place
        if not path.exists():
            raise TableError(_missing(path))
        address = f"sqlite:///{path}{mark}{table}"
    scheme = address.split("://", 1)[0]
    if scheme in ("http", "https", "s3", "gs", "ftp"):
        raise TableError(f"{address} is not on this machine: download it and name the file")
    return SqlSource(address, query)


def _open_file(path: Path, columns: tuple[str, ...] | None, wanted: Collection[str]) -> Source:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = suffixes[-1] if suffixes else ""
    if suffix in PARQUET:
        from keel.data.sources.parquet import ParquetSource

        return ParquetSource(path)
    if suffix in ARROW:
        from keel.data.sources.arrow import ArrowSource

        return ArrowSource(path)
    if any(suffix in JSON for suffix in suffixes[-2:]):
        from keel.data.sources.jsonl import JsonSource

        return JsonSource(path)
    if suffix in (".xlsx", ".xls"):
        raise TableError(f"{path} is a spreadsheet: save it as CSV and name that file")
    from keel.data.sources.csv import CsvSource

    return CsvSource(path, columns, wanted)


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no file {path}: there is no folder {folder} either"
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    return f"there is no file {path}: {did_you_mean(path.name, names)}"

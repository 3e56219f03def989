"""Keeps the rows that could not be used, each with its line and the reason."""

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from uuid import uuid4

import polars as pl

from keel.backends.disk import disk, flush_folder
from keel.data.sources.source import BadLine
from keel.settings import Settings

MOST_TOLD = 5


@dataclass(frozen=True)
class Quarantine:
    """Rows left out: the CSV file that holds them (None if there are none), how many, and how
    many for each reason (a row with two reasons counts under the first)."""

    path: Path | None
    rows: int
    reasons: dict[str, int]

    @property
    def told(self) -> tuple[str, ...]:
        """Why rows are in it, the commonest reasons first, and where they are."""
        if self.path is None:
            return ()
        lines = [f"in quarantine: {_rows(n)}: {reason}" for reason, n in self.reasons.items()]
        return (*lines[:MOST_TOLD], f"in quarantine: see {self.path}")


class QuarantineWriter:
    """Writes `source,line,reason,row` as a table is read; nothing is written without a bad row."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._half = settings.scratch / f"{uuid4().hex}.quarantine.csv"
        self._file: TextIO | None = None
        self._hash = hashlib.sha256()
        self._reasons: Counter[str] = Counter()

    @property
    def rows(self) -> int:
        """How many rows are in it."""
        return self._reasons.total()

    def add_line(self, source: str, bad: BadLine) -> None:
        """A line that was no row."""
        self._write([(source, bad.line, bad.reason, bad.text)])
        self._reasons[f"line malformed: {bad.reason}"] += 1

    def add_rows(
        self,
        source: str,
        rows: pl.DataFrame,
        lines: Sequence[int],
        reasons: Sequence[str],
        details: Sequence[str],
    ) -> None:
        """Rows as they were found; `reasons` are counted, `details` are written."""
        raw = [json.dumps(row, ensure_ascii=False, default=str) for row in rows.to_dicts()]
        self._write(list(zip([source] * len(raw), lines, details, raw, strict=True)))
        self._reasons.update(reasons)

    def finish(self) -> Quarantine:
        """The whole file under its own name, which depends on its content."""
        reasons = dict(self._reasons.most_common())
        if self._file is None:
            return Quarantine(None, 0, reasons)
        folder = self._settings.home / "quarantine"
        path = folder / f"{self._name}-{self._hash.hexdigest()[:12]}.csv"
        with disk(path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            folder.mkdir(parents=True, exist_ok=True)
            self._half.replace(path)
            flush_folder(folder)
        return Quarantine(path, self.rows, reasons)

    def discard(self) -> None:
        """Leave nothing behind; harmless after `finish`."""
        if self._file is not None:
            self._file.close()
            self._half.unlink(missing_ok=True)

    def _write(self, rows: Sequence[tuple[str, int | str, str, str]]) -> None:
        with disk(self._half):
            if self._file is None:
                self._half.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._half.open("w", encoding="utf-8", newline="")
                rows = [("source", "line", "reason", "row"), *rows]
            csv.writer(self._file).writerows(rows)
        for row in rows:
            self._hash.update(repr(row).encode("utf-8", "surrogatepass"))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"

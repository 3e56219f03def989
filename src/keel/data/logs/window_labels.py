"""What is known of windows: incidents with their times, or sessions with their labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.logs.windows import ANOMALY, NORMAL, NORMAL_MARKS
from keel.data.moment import to_moments
from keel.errors import TableError

START, END = "start", "end"


@dataclass(frozen=True, eq=False)
class Incidents:
    """Stretches of time in which something was wrong. start, end: [k] microseconds."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def label(self, windows: pl.DataFrame) -> pl.Series:
        """[n] anomaly for a window that shares a moment with one of them, normal for others; null
        where a window has no time, and everywhere where no incident is known."""
        if not len(self.start):
            return pl.Series("label", [None] * len(windows), dtype=pl.String)
        begin = windows["start"].to_physical()
        finish = windows["end"].to_physical()
        known = begin.is_not_null().to_numpy()
        first = begin.fill_null(0).to_numpy()[:, None]
        last = finish.fill_null(0).to_numpy()[:, None]
        odd = ((self.start <= last) & (self.end >= first)).any(axis=1)
        words = np.where(odd, ANOMALY, NORMAL)
        texts = [str(word) if there else None for word, there in zip(words, known, strict=True)]
        return pl.Series("label", texts, dtype=pl.String)


@dataclass(frozen=True, eq=False)
class Sessions:
    """Labels of sessions by their names."""

    marks: dict[str, str]

    def label(self, windows: pl.DataFrame) -> pl.Series:
        """[n] anomaly or normal; null for a session that is not named."""
        names = windows["window"].str.replace(r" #[0-9]+$", "")
        return names.replace_strict(self.marks, default=None, return_dtype=pl.String)


def read_labels(path: Path) -> Incidents | Sessions:
    """The CSV file at `path`: columns `start` and `end`, or a session and its label.

    Raises TableError when it is neither.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TableError(f"cannot read the labels of a log from {path}: {error}") from error
    table = table.rename({name: name.strip() for name in table.columns})
    if {START, END} <= set(table.columns):
        ends = [to_moments(table[name]).to_physical() for name in (START, END)]
        unread = [int(column.null_count()) for column in ends]
        if any(unread):
            raise TableError(
                f"{path}: {max(unread)} of {len(table)} incidents have no start or end that can be "
                "read: write 2024-01-31 10:00:00"
            )
        return Incidents(ends[0].to_numpy(), ends[1].to_numpy())
    if len(table.columns) < 2:
        raise TableError(
            f"{path} has the column {', '.join(table.columns)} alone: it needs `start` and `end` "
            "of incidents, or a session and its label"
        )
    names, marks = table.get_columns()[:2]
    said = marks.fill_null("").str.strip_chars().str.to_lowercase().is_in(NORMAL_MARKS)
    words = [NORMAL if normal else ANOMALY for normal in said]
    return Sessions(dict(zip(names.fill_null("").to_list(), words, strict=True)))

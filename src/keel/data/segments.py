"""Groups of users by what is known of them beside their events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from keel.data.events import Known
from keel.data.interactions import Codes
from keel.spec.kinds import Kind

FEWEST_USERS = 20
"""A segment of fewer says nothing of its own."""

MOST_LEVELS = 30


@dataclass(frozen=True, eq=False)
class Segments:
    """code: [users], 0 for nothing known. columns: what codes are made of. levels: the values of
    those columns that have each code, from 1 on."""

    code: Codes
    columns: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()

    @property
    def count(self) -> int:
        """How many codes there are."""
        return len(self.levels) + 1

    def find(self, values: Sequence[str | None]) -> int:
        """The code of a user of whom these values of `columns` are known."""
        said = tuple("" if value is None else value for value in values)
        return self.levels.index(said) + 1 if said in self.levels else 0


def group_users(known: Known | None, users: int) -> Segments:
    """Segments by the categories of the users' table: as many of its columns, in their order, as
    still leave half of the users in segments of `FEWEST_USERS` or more."""
    found = Segments(np.zeros(users, dtype=np.int64))
    if known is None:
        return found
    for column in known.columns:
        if column.kind not in (Kind.CATEGORY, Kind.BOOLEAN):
            continue
        if known.frame[column.name].n_unique() > MOST_LEVELS:
            continue
        finer = _segments(known.frame, (*found.columns, column.name))
        if finer.levels and (finer.code > 0).mean() >= 0.5:
            found = finer
    return found


def _segments(frame: pl.DataFrame, columns: tuple[str, ...]) -> Segments:
    texts = frame.select(pl.col(name).cast(pl.String).fill_null("") for name in columns)
    sizes = texts.group_by(columns).len().filter(pl.col("len") >= FEWEST_USERS)
    known = sizes.filter(pl.any_horizontal(pl.col(name) != "" for name in columns)).sort(columns)
    coded = texts.join(
        known.drop("len").with_row_index("keel code", offset=1),
        on=columns,
        how="left",
        maintain_order="left",
    )
    code = coded["keel code"].fill_null(0).to_numpy().astype(np.int64)
    return Segments(code, columns, tuple(tuple(row) for row in known.drop("len").rows()))

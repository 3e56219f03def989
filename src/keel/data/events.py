"""From checked tables to events of users with items, and what is known of each."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.check import Checked
from keel.data.interactions import Codes, Interactions
from keel.data.table import Column
from keel.errors import TableError
from keel.spec.system import System

FEWEST = 2
"""Users and items below which there is nothing to compare."""


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of n users or items beside the events: a row for each, all null where the
    table has none. columns: all but the key."""

    frame: pl.DataFrame
    columns: tuple[Column, ...]
    without: int = 0


@dataclass(frozen=True, eq=False)
class Events:
    """n events. users, items: ids by code, in rising order; items without events are among them.
    liked: [n] whether the event is something to recommend. row: [n] of the checked table. notes:
    what was left out, and of what nothing is known."""

    interactions: Interactions
    users: pl.Series
    items: pl.Series
    liked: NDArray[np.bool_]
    row: Codes
    of_users: Known | None
    of_items: Known | None
    notes: tuple[str, ...]


def read_events(checked: Checked, system: System) -> Events:
    """The events of the checked tables; of equal rows the first is kept.

    Raises TableError for fewer than two users or items, and where no event is liked.
    """
    said = system.interacting
    time, value = system.table.time, said.value
    named = [name for name in (said.user, said.item, time, value) if name is not None]
    frame = checked.table.read(named).with_row_index("keel row")
    kept = frame.unique(named, keep="first", maintain_order=True)
    notes = []
    if len(kept) < len(frame):
        notes.append(
            f"{len(frame) - len(kept):,} events equal another in {', '.join(named)}: left out"
        )
    of_items = _read_side(checked, system, said.items)
    of_users = _read_side(checked, system, said.users)
    users = _ids(kept[said.user])
    items = _ids(kept[said.item], of_items)
    for word, ids in (("users", users), ("items", items)):
        if len(ids) < FEWEST:
            raise TableError(
                f"{system.table.table} has events of {len(ids)} {word}: recommending needs at "
                f"least {FEWEST}"
            )
    interactions = Interactions(
        _codes(kept[said.user], users),
        _codes(kept[said.item], items),
        len(users),
        len(items),
        None if time is None else kept[time].to_numpy().astype("datetime64[us]"),
        None if value is None else kept[value].cast(pl.Float64).to_numpy(),
    )
    liked = np.ones(len(kept), dtype=np.bool_)
    if said.liked is not None and interactions.value is not None:
        liked = interactions.value >= said.liked
        if not liked.any():
            raise TableError(
                f"interactions.liked is {said.liked:g}, but the largest {value} is "
                f"{interactions.value.max():g}: nothing would be recommended; lower it"
            )
    known_items = _known(of_items, items, "items", notes)
    known_users = _known(of_users, users, "users", notes)
    row = kept["keel row"].to_numpy().astype(np.int64)
    return Events(interactions, users, items, liked, row, known_users, known_items, tuple(notes))


@dataclass(frozen=True, eq=False)
class _Side:
    """A table of users or items, its key first. columns: the others that tell something."""

    frame: pl.DataFrame
    columns: tuple[Column, ...]

    @property
    def key(self) -> pl.Series:
        return self.frame.to_series(0)


def _read_side(checked: Checked, system: System, name: str | None) -> _Side | None:
    if name is None:
        return None
    side, key = checked.beside[name], str(system.data[name].key)
    # A title tells items apart, and its words tell which are alike.
    silent = {s.column for s in side.screened if s.reason != "id-like"}
    columns = tuple(c for c in side.table.columns if c.name != key and c.name not in silent)
    return _Side(side.table.read([key, *(c.name for c in columns)]), columns)


def _ids(column: pl.Series, side: _Side | None = None) -> pl.Series:
    ids = column.unique().alias("id")
    if side is not None:
        ids = pl.concat([ids, side.key.alias("id")]).unique()
    return ids.sort()


def _codes(column: pl.Series, ids: pl.Series) -> Codes:
    return ids.search_sorted(column).to_numpy().astype(np.int64)


def _known(side: _Side | None, ids: pl.Series, word: str, notes: list[str]) -> Known | None:
    if side is None:
        return None
    name = side.key.name
    frame = pl.DataFrame({name: ids}).join(side.frame, on=name, how="left", maintain_order="left")
    without = len(ids) - int(ids.is_in(side.key.implode()).sum())
    if without:
        notes.append(f"{without:,} of {len(ids):,} {word} have no row in the table of {word}")
    return Known(frame, side.columns, without)

"""What a version that recommends knows of users: their events, and what came since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from keel.data.histories import Histories, histories_of
from keel.data.interactions import Codes, Floats, Interactions
from keel.data.segments import Segments
from keel.train.export.new_event import NewEvent
from keel.train.export.signature import Listing


@dataclass(frozen=True, eq=False)
class Said:
    """What rows of a request say. known: histories for the model. seen: what is not shown.
    unread: how many items of the histories sent are not known."""

    known: Histories
    seen: Histories
    unread: int


class KnownUsers:
    """Events of users by id, of a version with these items."""

    def __init__(
        self,
        events: pl.DataFrame,
        items: pl.Series,
        users: pl.DataFrame,
        listing: Listing,
    ) -> None:
        """events, users: see `recommend_files`; users are in rising order."""
        self._listing = listing
        self._items = items
        self._item_code = {item: code for code, item in enumerate(items.to_list())}
        self._user_code = {user: code for code, user in enumerate(users.to_series(0).to_list())}
        codes = users["segment"].to_numpy().astype(np.int64)
        self._segments = Segments(codes, listing.segment, listing.levels)
        self._has_value = events["value"].null_count() < len(events)
        everything = self._interactions(events, users)
        liked = np.flatnonzero(events["liked"].to_numpy())
        usual = events["value"].filter(events["liked"]).mean() if self._has_value else 1.0
        self._usual = float(usual) if isinstance(usual, int | float) else 1.0
        self._all = histories_of(everything)
        ranks = listing.scores == "rank"
        self._liked = histories_of(everything.take(liked)) if ranks else self._all

    def code(self, user: str | None) -> int:
        """The number of a user, -1 where nothing is known of them."""
        return -1 if user is None else self._user_code.get(user, -1)

    def item_code(self, item: str) -> int:
        """The number of an item, -1 where it is not known."""
        return self._item_code.get(item, -1)

    def segment(self, user: str | None, said: Sequence[str | None]) -> int:
        """As the row says, else as is known of the user."""
        if any(said):
            return self._segments.find(said)
        code = self.code(user)
        return 0 if code < 0 else int(self._segments.code[code])

    def read(
        self, users: Sequence[str | None], sent: Sequence[Sequence[NewEvent]], segments: Codes
    ) -> Said:
        """What is known of n users, and then what is sent with each."""
        codes = np.array([self.code(user) for user in users], dtype=np.int64)
        row, item, value, liked, unread = self._read_sent(sent)
        known = self._add(self._liked, codes, row[liked], item[liked], value[liked], segments)
        if self._liked is self._all and liked.all():
            return Said(known, known, unread)
        return Said(known, self._add(self._all, codes, row, item, value, segments), unread)

    def _read_sent(
        self, sent: Sequence[Sequence[NewEvent]]
    ) -> tuple[Codes, Codes, Floats, np.ndarray, int]:
        row: list[int] = []
        item: list[int] = []
        value: list[float] = []
        liked: list[bool] = []
        unread = 0
        bar = self._listing.liked if self._listing.scores == "rank" else None
        for number, events in enumerate(sent):
            for event in events:
                code = self.item_code(event.item)
                if code < 0:
                    unread += 1
                    continue
                row.append(number)
                item.append(code)
                value.append(self._usual if event.value is None else event.value)
                liked.append(bar is None or event.value is None or event.value >= bar)
        return (
            np.array(row, dtype=np.int64),
            np.array(item, dtype=np.int64),
            np.array(value, dtype=np.float64),
            np.array(liked, dtype=np.bool_),
            unread,
        )

    def _add(
        self,
        stored: Histories,
        codes: Codes,
        row: Codes,
        item: Codes,
        value: Floats,
        segments: Codes,
    ) -> Histories:
        there = np.flatnonzero(codes >= 0)
        held = stored.take(codes[there])
        if not len(row) and len(there) == len(codes):
            return Histories(held.start, held.item, held.value, held.items, segments)
        merged = Interactions(
            np.concatenate([there[held.owner], row]),
            np.concatenate([held.item, item]),
            len(codes),
            held.items,
            None,
            np.concatenate([held.value.astype(np.float64), value]),
        )
        return histories_of(merged, segments)

    def _interactions(self, events: pl.DataFrame, users: pl.DataFrame) -> Interactions:
        timed = events["time"].null_count() < len(events)
        return Interactions(
            _codes(events["user"], self._user_code),
            _codes(events["item"], self._item_code),
            len(users),
            len(self._items),
            events["time"].to_numpy().astype("datetime64[us]") if timed else None,
            events["value"].to_numpy() if self._has_value else None,
        )


def _codes(column: pl.Series, known: Mapping[str, int]) -> Codes:
    codes = column.replace_strict(known, return_dtype=pl.Int64)
    return codes.to_numpy().astype(np.int64)


def read_history(lines: str | None) -> list[NewEvent]:
    """A line for each event: an id, or an object with an item and a value. Raises ValueError."""
    if not lines:
        return []
    return [_read_line(line) for line in map(str.strip, lines.split("\n")) if line]


def _read_line(line: str) -> NewEvent:
    if not line.startswith("{"):
        return NewEvent(line)
    said = json.loads(line)
    item, value = said.get("item"), said.get("value")
    if not isinstance(item, str | int) or isinstance(item, bool):
        raise ValueError(f"an event of a history names no item: {line[:100]}")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(f"value of item {item} is {value!r}; allowed is a number or null")
    return NewEvent(str(item), None if value is None else float(value))

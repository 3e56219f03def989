"""Answers users with lists of items. Loads no library that learns."""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.cast import cast
from keel.data.histories import NOTHING, Float32, Histories
from keel.data.interactions import Codes
from keel.errors import ArtifactError, RequestError
from keel.spec.kinds import Kind
from keel.train.export.ask_options import USUAL, AskOptions
from keel.train.export.exported import Exported
from keel.train.export.new_event import NewEvent, Recent
from keel.train.export.open_session import open_session
from keel.train.export.predictor import Prediction
from keel.train.export.signature import Listing, Signature
from keel.train.recommend.files import EVENTS, FILES, ITEMS, LINKS, USERS, read_table
from keel.train.recommend.graph_history import ITEMS as GIVEN
from keel.train.recommend.graph_history import SEGMENT, VALUES
from keel.train.recommend.item_links import read_links
from keel.train.recommend.known_users import KnownUsers, read_history
from keel.train.recommend.shown_items import Shelf
from keel.train.recommend.top_items import ALLOWED, SCORES, TOP
from keel.train.recommend.top_lists import CELLS
from keel.train.recommender import Scores


class RecommendPredictor:
    """One version, ready to answer. A row's answer does not depend on the rows beside it."""

    def __init__(
        self, exported: Exported, *, threads: int = 1, recent: Recent | None = None
    ) -> None:
        """threads: of one call. recent: what users did since the version was trained.

        Raises ArtifactError when the graph cannot be loaded.
        """
        listing = exported.signature.listing
        absent = [name for name in FILES if name not in exported.codecs]
        if listing is None or absent:
            what = ", ".join(absent) or "what it lists"
            raise ArtifactError(f"signature.json names no {what}: train the system again")
        self._signature = exported.signature
        self._listing: Listing = listing
        self._recent = recent
        items = read_table(exported.codecs[ITEMS])
        links = read_links(read_table(exported.codecs[LINKS]), len(items))
        events, users = read_table(exported.codecs[EVENTS]), read_table(exported.codecs[USERS])
        self._shelf = Shelf.of(items, links, events, listing)
        self._ids = items.to_series(0)
        self._users = KnownUsers(events, self._ids, users, listing)
        self._session = open_session(exported.graph, threads)
        self._segmented = SEGMENT in {tensor.name for tensor in self._session.get_inputs()}

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        return self._signature

    @property
    def items(self) -> pl.Series:
        """Ids by code."""
        return self._ids

    def unknown(self, items: Iterable[str]) -> int:
        """How many of these are not in the catalogue."""
        return sum(self._users.item_code(item) < 0 for item in items)

    @property
    def answers(self) -> Scores:
        """What its scores are."""
        return "rating" if self._listing.scores == "rating" else "rank"

    def segments_of(self, users: Sequence[str]) -> Codes:
        """[n] codes of what is known of these users."""
        return np.array([self._users.segment(user, ()) for user in users], dtype=np.int64)

    def answer(self, rows: pl.DataFrame, options: AskOptions = USUAL) -> Prediction:
        """A list for each of n rows. Columns may be left out: see the signature.

        Raises RequestError for options that cannot be had, and for a history that does not read.
        """
        self._check(options)
        rows = self._named(rows)
        users = _texts(rows, "user")
        sent = self._sent(rows, users)
        said = self._users.read(users, sent, self._segments(rows, users))
        seen = said.seen if options.exclude_seen else None
        allowed = self._shelf.allowed(options.filter) if options.filter else None
        codes, scores = self.top(said.known, seen, allowed)
        if options.diversity > 0:
            for row in range(len(codes)):
                codes[row], scores[row] = self._shelf.vary(
                    codes[row], scores[row], options.diversity, options.k
                )
        codes, scores = codes[:, : options.k], scores[:, : options.k]
        start, item = said.known.start.tolist(), said.known.item
        lists = tuple(
            self._shelf.show(codes[row], scores[row], item[start[row] : start[row + 1]])
            for row in range(len(codes))
        )
        unread = {"history": said.unread} if said.unread else {}
        return Prediction(scores.astype(np.float64), unread=unread, lists=lists)

    def top(
        self,
        histories: Histories,
        seen: Histories | None = None,
        allowed: NDArray[np.bool_] | None = None,
    ) -> tuple[Codes, Float32]:
        """[n, N] codes of the best items and their scores, padded with `NOTHING`. seen: what each
        must not be shown. allowed: [items], None for all."""
        count, items = len(histories), histories.items
        found = np.full((count, self._listing.most), NOTHING, dtype=np.int64)
        best = np.full((count, self._listing.most), -np.inf, dtype=np.float32)
        most = max(1, CELLS // max(1, items))
        for start in range(0, count, most):
            rows = np.arange(start, min(start + most, count))
            mask = np.ones((len(rows), items), dtype=np.bool_)
            if allowed is not None:
                mask &= allowed
            if seen is not None:
                hidden = seen.take(rows)
                mask[hidden.owner, hidden.item] = False
            found[rows], best[rows] = self._run(histories.take(rows), mask)
        return found, best

    def scores_of(self, histories: Histories, items: Codes) -> NDArray[np.float64]:
        """[n, m] scores of these items, NaN where padded."""
        found = np.full(items.shape, np.nan)
        most = max(1, CELLS // max(1, histories.items))
        for place in range(0, items.shape[1], self._listing.most):
            part = items[:, place : place + self._listing.most]
            for start in range(0, len(histories), most):
                rows = np.arange(start, min(start + most, len(histories)))
                found[rows, place : place + part.shape[1]] = self._score(
                    histories.take(rows), part[rows]
                )
        return found

    def _score(self, histories: Histories, items: Codes) -> NDArray[np.float64]:
        """Only the items asked about are allowed, so that all of them come back."""
        mask = np.zeros((len(items), histories.items + 1), dtype=np.bool_)
        np.put_along_axis(mask, items, True, axis=1)
        top, scores = self._run(histories, mask[:, :-1])
        by_code = np.full(mask.shape, np.nan)
        np.put_along_axis(by_code, top, scores.astype(np.float64), axis=1)
        by_code[:, NOTHING] = np.nan
        return np.take_along_axis(by_code, items, axis=1)

    def _run(self, histories: Histories, allowed: NDArray[np.bool_]) -> tuple[Codes, Float32]:
        items, values = histories.padded()
        feed = {GIVEN: items, VALUES: values, ALLOWED: allowed}
        if self._segmented:
            feed[SEGMENT] = histories.segments
        top, scores = self._session.run([TOP, SCORES], feed)
        return top, scores

    def _check(self, options: AskOptions) -> None:
        if not 1 <= options.k <= self._listing.most:
            raise RequestError(
                f"option 'k' is {options.k}; allowed is 1 to {self._listing.most}, as "
                f"{len(self._ids):,} items are known"
            )
        if not 0 <= options.diversity <= 1:
            raise RequestError(
                f"option 'diversity' is {options.diversity:g}; allowed is 0, the best items, to 1, "
                "the most different ones"
            )

    def _named(self, rows: pl.DataFrame) -> pl.DataFrame:
        """A table may call users what the declaration calls them.

        Raises RequestError for one that has no column that is read.
        """
        name = self._listing.user
        if "user" not in rows.columns and name in rows.columns:
            return rows.rename({name: "user"})
        known = [column.name for column in self._signature.inputs]
        if rows.columns and not any(column in known for column in rows.columns):
            raise RequestError(
                f"there is no column {name!r} to answer by, only {', '.join(rows.columns[:20])}; "
                f"all that is read is {', '.join(known)}"
            )
        return rows

    def _sent(self, rows: pl.DataFrame, users: Sequence[str | None]) -> list[Sequence[NewEvent]]:
        sent: list[Sequence[NewEvent]] = []
        for number, lines in enumerate(_texts(rows, "history", Kind.SEQUENCE)):
            try:
                sent.append(read_history(lines))
            except ValueError as error:
                raise RequestError(f"history of row {number} does not read: {error}") from error
        asked = [user for user in users if user is not None]
        if self._recent is None or not asked:
            return sent
        since = self._recent(asked)
        return [
            [*since.get(user or "", ()), *events] for user, events in zip(users, sent, strict=True)
        ]

    def _segments(self, rows: pl.DataFrame, users: Sequence[str | None]) -> Codes:
        columns = [_texts(rows, name) for name in self._listing.segment]
        said = list(zip(*columns, strict=True)) if columns else [()] * len(rows)
        codes = [self._users.segment(u, s) for u, s in zip(users, said, strict=True)]
        return np.array(codes, dtype=np.int64)


def _texts(rows: pl.DataFrame, name: str, kind: Kind = Kind.CATEGORY) -> list[str | None]:
    """Read as the tables were that the version learned from."""
    if name not in rows.columns:
        return [None] * len(rows)
    column = rows[name]
    if isinstance(column.dtype, pl.List | pl.Array):
        column = column.cast(pl.List(pl.String)).list.join("\n", ignore_nulls=True)
    return cast(column, kind).values.to_list()

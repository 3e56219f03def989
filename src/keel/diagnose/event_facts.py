"""Events of training and of today, in one numbering of users and items."""

from functools import cached_property

import numpy as np
import polars as pl

from keel.data.histories import Histories, histories_of
from keel.data.interactions import Codes, Interactions
from keel.diagnose.coded import append_ids, code, encode, interactions_of, liked_of, order_ids
from keel.diagnose.situation import Situation


class EventFacts:
    """Ids are codes: items of the version's catalogue first, in its order; users it learned from
    first."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation

    @cached_property
    def items(self) -> pl.Series:
        """Ids of items by code; those outside the catalogue behind it."""
        catalogue = pl.Series("id", self._situation.model.catalogue, dtype=pl.String)
        return append_ids(catalogue, [self._situation.trained["item"], self._situation.now["item"]])

    @cached_property
    def users(self) -> pl.Series:
        """Ids of users by code; those that came since training behind the others."""
        more = [self._situation.now["user"]]
        if self._situation.user is not None:
            more.append(pl.Series([self._situation.user]))
        given = self._situation.model.users
        first = pl.Series("id", given, dtype=pl.String)
        return append_ids(first if given else order_ids(self._situation.trained["user"]), more)

    @property
    def trained_users(self) -> int:
        """How many users the version was given: the first ones."""
        return len(self._situation.model.users) or self._situation.trained["user"].n_unique()

    @property
    def catalogue(self) -> int:
        """How many items the version knows."""
        return len(self._situation.model.catalogue)

    @cached_property
    def user(self) -> int | None:
        """The code of the user who is asked about."""
        if self._situation.user is None:
            return None
        return int(code(pl.Series([self._situation.user]), self.users)[0])

    @cached_property
    def trained(self) -> pl.DataFrame:
        """Distinct events that the version learned from, as codes, in order of time."""
        return encode(self._situation.trained, self.users, self.items)

    @cached_property
    def now(self) -> pl.DataFrame:
        """Distinct events as read today, as codes, in order of time."""
        return encode(self._situation.now, self.users, self.items)

    @cached_property
    def last(self) -> int | None:
        """The time of the last event that the version knows."""
        last = self._known["time"].max()
        return None if last is None else int(np.asarray(last))

    @cached_property
    def fresh(self) -> pl.DataFrame:
        """Events of today that the version does not know: of each user and item those beyond as
        many as it knows, if they are later than all it knows."""
        pair = ["user", "item"]
        known = self._known.group_by(pair).len("known")
        extra = (
            self.now.with_columns(pl.int_range(pl.len()).over(pair).alias("nth"))
            .join(known, on=pair, how="left", maintain_order="left")
            .filter(pl.col("nth") >= pl.col("known").fill_null(0))
            .drop("nth", "known")
        )
        return extra if self.last is None else extra.filter(pl.col("time") > self.last)

    @cached_property
    def learned(self) -> Interactions:
        """What the version recommends from: liked events of training with items it knows; all where
        none was liked, which a check tells."""
        liked = liked_of(self.trained, self._situation.serving.liked)
        events = liked if len(liked) else self.trained
        return interactions_of(events, self.trained_users, self.catalogue)

    @cached_property
    def learned_histories(self) -> Histories:
        """[trained users] of `learned`."""
        return histories_of(self.learned, self._segment[: self.trained_users])

    @cached_property
    def histories(self) -> Histories:
        """[users] what each did until today, as far as it counts: what an answer is made from."""
        liked = liked_of(self.now, self._situation.serving.liked)
        whole = interactions_of(liked, len(self.users), self.catalogue)
        return histories_of(whole, self._segment)

    @cached_property
    def _known(self) -> pl.DataFrame:
        held = self._situation.held
        if held is None:
            return self.trained
        return pl.concat([self.trained, encode(held, self.users, self.items)])

    @cached_property
    def _segment(self) -> Codes:
        """[users]."""
        segment = np.zeros(len(self.users), dtype=np.int64)
        given = self._situation.model.segment
        if given is not None:
            segment[: len(given)] = given
        return segment

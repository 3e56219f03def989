"""Events of training and of today, in one numbering of users and items."""

from functools import cached_property

import polars as pl

from keel.data.histories import Histories, histories_of
from keel.data.interactions import Codes, Interactions
from keel.diagnose.coded import append_ids, code, encode, order_ids
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
        return append_ids(order_ids(self._situation.trained["user"]), more)

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
    def fresh(self) -> pl.DataFrame:
        """Events of today that training did not know: of each user and item those beyond as many
        as there were, if they are later than all of training."""
        pair = ["user", "item"]
        known = self.trained.group_by(pair).len("known")
        extra = (
            self.now.with_columns(pl.int_range(pl.len()).over(pair).alias("nth"))
            .join(known, on=pair, how="left", maintain_order="left")
            .filter(pl.col("nth") >= pl.col("known").fill_null(0))
            .drop("nth", "known")
        )
        last = self.trained["time"].max()
        return extra if last is None else extra.filter(pl.col("time") > last)

    @cached_property
    def learned(self) -> Interactions:
        """What the version recommends from: liked events of training with items it knows; all where
        none was liked, which a check tells."""
        liked = self.liked(self.trained)
        return self.interactions(liked if len(liked) else self.trained)

    @cached_property
    def histories(self) -> Histories:
        """[users] what each did until today, as far as it counts: what an answer is made from."""
        return histories_of(self.interactions(self.liked(self.now), len(self.users)))

    @cached_property
    def counts(self) -> Codes:
        """[catalogue] how many events of training each item has."""
        return self.learned.item_counts()

    def liked(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events that count."""
        bar = self._situation.serving.liked
        return events if bar is None else events.filter(pl.col("value") >= bar)

    def interactions(self, events: pl.DataFrame, users: int | None = None) -> Interactions:
        """Coded events with items of the catalogue; of the users of training if nothing is said."""
        inside = events.filter(pl.col("item") < self.catalogue)
        timed = not inside["time"].null_count()
        valued = not inside["value"].null_count()
        return Interactions(
            inside["user"].to_numpy(),
            inside["item"].to_numpy(),
            self._situation.trained["user"].n_unique() if users is None else users,
            self.catalogue,
            inside["time"].to_numpy().astype("datetime64[us]") if timed else None,
            inside["value"].to_numpy() if valued else None,
        )

"""Everything that recommenders of one system may learn from and be held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from keel.data.events import Events
from keel.data.segments import Segments
from keel.data.split import Rows, Split
from keel.spec.kinds import Kind
from keel.train.algorithm import Parameters
from keel.train.recommend.asked import Asked, ask
from keel.train.recommend.content import Content, read_content
from keel.train.recommender import Fit, Scores

MOST_LEVELS = 20
"""Values of a column of users that are compared with each other."""


@dataclass(frozen=True, eq=False)
class World:
    """events: all of them, divided by `split`. segments: of users."""

    events: Events
    split: Split
    segments: Segments
    seed: int

    @cached_property
    def content(self) -> Content | None:
        """Of items, where something is known of them."""
        known = self.events.of_items
        return None if known is None else read_content(known.frame, known.columns)

    def fit(self, rows: Rows, answers: Scores, parameters: Parameters, threads: int) -> Fit:
        """What to fit on these events: to rank, on those liked."""
        return Fit(
            self.events.interactions.take(self.learned(rows, answers)),
            parameters,
            self.seed,
            threads,
            self.content,
            self.segments.code,
            self.segments.count,
        )

    def learned(self, rows: Rows, answers: Scores) -> Rows:
        """Of these events those that a model with such scores learns from."""
        return rows[self.events.liked[rows]] if answers == "rank" else rows

    def ask(self, known: Rows, later: Rows, answers: Scores) -> Asked:
        """Users with a later event, by what is known of them."""
        return ask(self.events, known, later, self.segments, answers, self.seed)

    def groups(self, asked: Asked) -> Mapping[str, NDArray[np.str_]]:
        """[n] texts by which users are compared: how much they did, and what is known of them."""
        found = {ACTIVITY: asked.activity}
        for name in self.groupable[1:]:
            values = self._users(name)[asked.user]
            found[name] = values
        return found

    @property
    def groupable(self) -> tuple[str, ...]:
        """What users can be compared by."""
        known = self.events.of_users
        if known is None:
            return (ACTIVITY,)
        columns = [
            column.name
            for column in known.columns
            if column.kind in (Kind.CATEGORY, Kind.BOOLEAN)
            and known.frame[column.name].n_unique() <= MOST_LEVELS
        ]
        return (ACTIVITY, *columns)

    def _users(self, name: str) -> NDArray[np.str_]:
        known = self.events.of_users
        if known is None:
            raise ValueError("nothing is known of users")
        return known.frame[name].cast(str).fill_null("").to_numpy().astype(np.str_)


ACTIVITY = "activity"

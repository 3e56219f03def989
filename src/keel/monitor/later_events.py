"""What users did after they were shown a list, held against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.metrics.evidence import Integers
from keel.serve.answers.layout import FEATURE
from keel.serve.answers.privacy import Privacy
from keel.serve.new_events import Happened

WITHIN = timedelta(days=1)
"""What a user does this long after a list counts for it."""


@dataclass(frozen=True, eq=False)
class Held:
    """lists: [n, N] codes of the items shown. right: [n, m] of those that the user took to
    afterwards, shown or not. Both are padded with -1. observed: [n] whether the time is over."""

    lists: Integers
    right: Integers
    observed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class LaterEvents:
    """events: in the order of their times. liked: from which value on one is liked."""

    events: Sequence[Happened] = ()
    liked: float | None = None
    within: timedelta = WITHIN

    def hold(self, cases: pl.DataFrame, now: datetime, privacy: Privacy | None) -> Held:
        """What became of lists, as `read_answers` gives them."""
        users = cases[FEATURE + "user"].to_list()
        by_user = self._by_user(privacy)
        right = [
            self._taken(by_user.get(user, ()), at)
            for user, at in zip(users, cases["time"].to_list(), strict=True)
        ]
        shown = [items or [] for items in cases["items"].to_list()]
        codes: dict[str, int] = {}
        for items in (*shown, *right):
            for item in items:
                codes.setdefault(item, len(codes))
        observed = (cases["time"] <= now - self.within).to_numpy()
        return Held(_padded(shown, codes), _padded(right, codes), observed)

    def _by_user(self, privacy: Privacy | None) -> dict[str, list[Happened]]:
        found: dict[str, list[Happened]] = {}
        hides = privacy is not None and privacy.of("user") is not None
        for event in self.events:
            if event.value is None or self.liked is None or event.value >= self.liked:
                user = privacy.pseudonym(event.user) if hides and privacy else event.user
                found.setdefault(user, []).append(event)
        return found

    def _taken(self, events: Sequence[Happened], shown_at: datetime) -> list[str]:
        until = shown_at + self.within
        return list(dict.fromkeys(e.item for e in events if shown_at < e.at <= until))


def _padded(lists: Sequence[Sequence[str]], codes: dict[str, int]) -> Integers:
    width = max((len(items) for items in lists), default=0)
    padded = np.full((len(lists), width), -1, dtype=np.int64)
    for row, items in enumerate(lists):
        padded[row, : len(items)] = [codes[item] for item in items]
    return padded

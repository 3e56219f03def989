"""The users that a part of a split asks about: what is known of them, and what came after."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.data.events import Events
from keel.data.histories import NOTHING, Float32, Histories, histories_of
from keel.data.interactions import Codes
from keel.data.segments import Segments
from keel.data.split import Rows
from keel.train.recommender import Scores

MOST_ASKED = 20_000
"""Users that are asked about; of more, so many are drawn."""

ACTIVITY = ((0, "no history"), (9, "1 to 9"), (49, "10 to 49"), (199, "50 to 199"))
MOST_ACTIVE = "200 or more"

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Asked:
    """n users. histories: what a model is given. seen: what they had used, liked or not, and are
    not shown. right: [n, m] items that were right, padded. rated: [n, m] values given to them, NaN
    where padded; None where events have none."""

    user: Codes
    histories: Histories
    seen: Histories
    right: Codes
    rated: Floats | None

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: Rows) -> "Asked":
        """These users, in this order."""
        return Asked(
            self.user[rows],
            self.histories.take(rows),
            self.seen.take(rows),
            self.right[rows],
            None if self.rated is None else self.rated[rows],
        )

    @property
    def activity(self) -> NDArray[np.str_]:
        """[n] how much each had done, in words."""
        bounds = np.array([most for most, _ in ACTIVITY])
        words = np.array([word for _, word in ACTIVITY] + [MOST_ACTIVE])
        return words[np.searchsorted(bounds, self.seen.lengths)]


def ask(
    events: Events, known: Rows, later: Rows, segments: Segments, answers: Scores, seed: int
) -> Asked:
    """Users with a later event. For `rank` a history holds what was liked, and the right items
    are those liked later and not used before; a user without one is not asked about. For `rating`
    a history holds everything, and so do the items asked about."""
    everything = events.interactions
    ranks = answers == "rank"
    taken = known[events.liked[known]] if ranks else known
    asked = later[events.liked[later]] if ranks else later
    seen = histories_of(everything.take(known), segments.code)
    found = histories_of(everything.take(asked))
    user, item, value = found.owner, found.item, found.value
    if ranks:
        pairs = seen.owner * seen.items + seen.item
        new = ~np.isin(user * seen.items + item, pairs)
        user, item, value = user[new], item[new], value[new]
    users = np.unique(user)
    if len(users) > MOST_ASKED:
        users = np.sort(np.random.default_rng([seed, 2]).permutation(users)[:MOST_ASKED])
        kept = np.isin(user, users)
        user, item, value = user[kept], item[kept], value[kept]
    right, rated = _padded(users, user, item, value)
    histories = histories_of(everything.take(taken), segments.code).take(users)
    has_value = everything.value is not None
    return Asked(users, histories, seen.take(users), right, rated if has_value else None)


def _padded(users: Codes, user: Codes, item: Codes, value: Float32) -> tuple[Codes, Floats]:
    """[n, m]. The pairs come in the order of their users."""
    row = np.searchsorted(users, user)
    sizes = np.bincount(row, minlength=len(users))
    place = np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
    width = max(1, int(sizes.max(initial=0)))
    right = np.full((len(users), width), NOTHING, dtype=np.int64)
    rated = np.full((len(users), width), np.nan)
    right[row, place], rated[row, place] = item, value
    return right, rated

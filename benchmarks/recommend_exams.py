"""MovieLens-100k and what is asked of it, for Keel and for its peers alike. NumPy alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

USERS, ITEMS = 943, 1682
FOLDS = 5
SHOWN = 10
COLD_SHARE = 0.15

MANY_USERS, MANY_ITEMS, MANY = 6_040, 3_700, 1_000_000
ROUNDS = 5

RANDOM, LAST, COLD = "random", "last", "cold"
LISTS = {RANDOM: ("NDCG@10", "Recall@10"), LAST: ("HR@10",), COLD: ("NDCG@10",)}
"""What is held out, and by what it is judged."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """n of each. user, item: codes. value: 1 to 5. time: in seconds."""

    user: np.ndarray
    item: np.ndarray
    value: np.ndarray
    time: np.ndarray


@dataclass(frozen=True, eq=False)
class Question:
    """Masks of the ratings. learn: to fit on. seen: what is not shown to their users. asked: what
    was right. among: [items] mask of what may be shown."""

    learn: np.ndarray
    seen: np.ndarray
    asked: np.ndarray
    among: np.ndarray


@dataclass(frozen=True, eq=False)
class Exam:
    """choose: by which settings are chosen. test: by which those are judged."""

    choose: Question
    test: Question


def read_ratings(folder: Path) -> Ratings:
    """In the order of the file."""
    table = np.loadtxt(folder / "u.data", dtype=np.int64)
    return Ratings(table[:, 0] - 1, table[:, 1] - 1, table[:, 2].astype(float), table[:, 3])


def exam(name: str, ratings: Ratings, seed: int) -> Exam:
    """random: each user's ratings 8:1:1; what is tested was fitted on the 8 alone. last: each
    user's last rating, chosen by the one before it; equal times are ordered by the seed. cold: the
    ratings of 15 % of the items, ranked among themselves, chosen by 15 % of the others."""
    random = np.random.default_rng(seed)
    everything, nothing = np.ones(ITEMS, dtype=bool), np.zeros(len(ratings.user), dtype=bool)
    if name == COLD:
        order = random.permutation(ITEMS)
        first, second = int(COLD_SHARE * ITEMS), int(2 * COLD_SHARE * ITEMS)
        asked = []
        for chosen in (order[first:second], order[:first]):
            among = np.zeros(ITEMS, dtype=bool)
            among[chosen] = True
            asked.append(among)
        held, cold = (among[ratings.item] for among in asked)
        return Exam(
            Question(~held & ~cold, nothing, held, asked[0]),
            Question(~cold, nothing, cold, asked[1]),
        )
    draw = random.permutation(len(ratings.user))
    keys = (draw, ratings.user) if name == RANDOM else (draw, ratings.time, ratings.user)
    place = _place_from_the_end(ratings.user, np.lexsort(keys))
    if name == LAST:
        return Exam(
            Question(place > 1, place > 1, place == 1, everything),
            Question(place > 0, place > 0, place == 0, everything),
        )
    tenth = np.maximum(1, np.round(np.bincount(ratings.user) / 10))[ratings.user]
    tested, held = place < tenth, (place >= tenth) & (place < 2 * tenth)
    learn = ~tested & ~held
    return Exam(
        Question(learn, learn, held, everything), Question(learn, ~tested, tested, everything)
    )


def _place_from_the_end(user: np.ndarray, order: np.ndarray) -> np.ndarray:
    """[n] how many ratings of the same user follow in this order, which is by user first."""
    sizes = np.bincount(user)
    ends = np.cumsum(sizes)
    place = np.empty(len(user), dtype=np.int64)
    place[order] = ends[user[order]] - 1 - np.arange(len(user))
    return place


def folds(ratings: Ratings, seed: int) -> Iterator[np.ndarray]:
    """Masks of what is held out."""
    fold = np.random.default_rng(seed).permutation(len(ratings.user)) % FOLDS
    return (fold == number for number in range(FOLDS))


def best_items(scores: np.ndarray, ratings: Ratings, question: Question) -> np.ndarray:
    """[users, 10] of the whole catalogue that may be shown."""
    scores = np.array(scores, dtype=np.float64)
    scores[ratings.user[question.seen], ratings.item[question.seen]] = -np.inf
    scores[:, ~question.among] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :SHOWN]


def judge(lists: np.ndarray, ratings: Ratings, question: Question) -> dict[str, np.ndarray]:
    """[users] of each metric, NaN for users of whom nothing was asked."""
    right = np.zeros((USERS, ITEMS), dtype=bool)
    right[ratings.user[question.asked], ratings.item[question.asked]] = True
    hits, many = np.take_along_axis(right, lists, axis=1), right.sum(axis=1)
    gain = 1.0 / np.log2(np.arange(SHOWN) + 2.0)
    ideal = np.cumsum(gain)[np.minimum(many, SHOWN) - 1]
    found = {
        "NDCG@10": hits @ gain / ideal,
        "Recall@10": hits.sum(axis=1) / np.maximum(many, 1),
        "HR@10": hits.any(axis=1).astype(float),
    }
    return {name: np.where(many > 0, values, np.nan) for name, values in found.items()}


def many_events() -> tuple[np.ndarray, np.ndarray]:
    """Users and items of a million different pairs: as many of each as in MovieLens-1M, users of
    log-normal activity, items of Zipfian popularity."""
    random = np.random.default_rng(0)
    active = random.lognormal(0, 1, MANY_USERS)
    popular = 1.0 / np.arange(1, MANY_ITEMS + 1) ** 0.8
    drawn = int(MANY * 1.6)
    user = random.choice(MANY_USERS, drawn, p=active / active.sum())
    item = random.choice(MANY_ITEMS, drawn, p=popular / popular.sum())
    pairs = random.permutation(np.unique(user * MANY_ITEMS + item))[:MANY]
    return pairs // MANY_ITEMS, pairs % MANY_ITEMS

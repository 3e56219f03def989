"""A recommender that is well: users of four tastes, a model of them, and the days since."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import polars as pl

from keel.data.histories import Histories, histories_of
from keel.data.interactions import Interactions
from keel.diagnose.diagnose import diagnose
from keel.diagnose.situation import ANSWER_SCHEMA, EVENT_SCHEMA, AskedModel, Serving, Situation
from keel.train.recommend.catalogue import recommenders
from keel.train.recommender import Fit, FittedRecommender

USERS, ITEMS, TASTES = 260, 120, 4
DAY = 86_400 * 1_000_000
START = 1_767_225_600 * 1_000_000
TRAINED_DAYS, DAYS = 60, 70
LABELS = ("Comedy", "Drama", "Horror", "War")


@dataclass(frozen=True, eq=False)
class Case:
    """A situation and the model that answers in it."""

    situation: Situation
    fitted: FittedRecommender

    def with_(self, **changes: object) -> Situation:
        return replace(self.situation, **changes)  # type: ignore[arg-type]

    def served(self, scores: Callable[[Histories], np.ndarray]) -> Situation:
        """Answered by something else than the model."""
        return self.with_(model=replace(self.situation.model, scores=scores))


def named(situation: Situation) -> list[str]:
    """Kinds of the alarms, the first to read first."""
    return [found.kind for found in diagnose(situation).alarms]


@cache
def events() -> pl.DataFrame:
    """Each user has two or three sessions, most in the evening, at least one of them in the first
    sixty days for nine of ten users; items of one's taste are used more and rated higher."""
    random = np.random.default_rng(3)
    rows = []
    popular = 1.0 / np.arange(1, ITEMS // TASTES + 1) ** 0.7
    for user in range(USERS):
        late = user % 10 == 0
        days = random.integers(TRAINED_DAYS if late else 0, DAYS, 3)
        weight = np.where(np.arange(ITEMS) % TASTES == user % TASTES, 8.0, 1.0)
        weight = weight * np.repeat(popular, TASTES)
        chosen = random.choice(ITEMS, 30, replace=False, p=weight / weight.sum())
        for part, day in enumerate(days):
            hour = 17 + random.normal(0, 2)
            for place, item in enumerate(chosen[part * 10 : part * 10 + 10]):
                time = START + int(day) * DAY + int(hour * 3600 + 97 * place) * 1_000_000
                liked = item % TASTES == user % TASTES
                value = float(np.clip(round(random.normal(4.2 if liked else 2.2, 0.8)), 1, 5))
                rows.append((str(user), str(item), time, value))
    frame = pl.DataFrame(rows, schema=EVENT_SCHEMA, orient="row")
    return frame.sort("time", maintain_order=True)


@cache
def items() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [str(item) for item in range(ITEMS)],
            "title": [f"Film {item}" for item in range(ITEMS)],
            "genres": [
                LABELS[item % TASTES] + ("|Short" if item % 3 else "") for item in range(ITEMS)
            ],
        }
    )


@cache
def healthy(algorithm: str = "ease", liked: float | None = None) -> Case:
    """Trained at sixty days, looked at after seventy."""
    now = events()
    trained = now.filter(pl.col("time") < START + TRAINED_DAYS * DAY)
    catalogue = tuple(str(item) for item in range(ITEMS))
    rates = recommenders()[algorithm].answers == "rating"
    learned = trained if liked is None or rates else trained.filter(pl.col("value") >= liked)
    users = [str(u) for u in sorted(int(u) for u in trained["user"].unique())]
    fit = Fit(interactions(learned, users), {}, 7, 1)
    fitted = recommenders()[algorithm].fit(fit)
    model = AskedModel("films@1", algorithm, catalogue, fitted.scores, fitted.parameters)
    situation = Situation(
        model,
        trained,
        now,
        START + DAYS * DAY,
        items(),
        items(),
        serving=Serving(liked=None if rates else liked),
    )
    return Case(replace(situation, answers=answers(situation)), fitted)


def interactions(frame: pl.DataFrame, users: list[str]) -> Interactions:
    place = {user: code for code, user in enumerate(users)}
    return Interactions(
        np.array([place[user] for user in frame["user"]], dtype=np.int64),
        frame["item"].cast(pl.Int64).to_numpy(),
        len(users),
        ITEMS,
        frame["time"].to_numpy().astype("datetime64[us]"),
        frame["value"].to_numpy(),
    )


def answers(situation: Situation, hide: bool = True) -> pl.DataFrame:
    """A list before each session since training."""
    last = situation.trained["time"].max()
    fresh = situation.now.filter(pl.col("time") > last)
    asked = fresh.group_by("user", pl.col("time") // DAY).agg(pl.col("time").min().alias("at"))
    rows = []
    for user, _, at in asked.sort("at", "user").iter_rows():
        past = situation.now.filter(pl.col("user") == user, pl.col("time") < at)
        scores = np.array(situation.model.scores(histories_of(interactions(past, [user]))))[0]
        if hide:
            scores[past["item"].cast(pl.Int64).to_numpy()] = -np.inf
        best = np.argsort(-scores, kind="stable")[:10]
        rows.append((user, at - 5_000_000, [str(item) for item in best]))
    return pl.DataFrame(rows, schema=ANSWER_SCHEMA, orient="row")

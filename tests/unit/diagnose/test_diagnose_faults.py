"""Each planted fault is named first or second, and a healthy recommender raises no alarm."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from diagnose_case import DAY, ITEMS, Case, answers, healthy, items, named
from diagnose_case import interactions as as_interactions

from keel.data.histories import Histories
from keel.diagnose.reference import cosine_of, shifted
from keel.diagnose.situation import Situation
from keel.train.recommend.catalogue import recommenders
from keel.train.recommender import Fit

HOUR = DAY // 24


@pytest.mark.parametrize("algorithm", ["ease", "als", "item_neighbours", "popularity", "bpr"])
def test_a_healthy_recommender_raises_no_alarm(algorithm: str) -> None:
    assert named(healthy(algorithm).situation) == []


@pytest.mark.parametrize("algorithm", ["ease", "biased_mf"])
def test_a_healthy_recommender_of_what_was_liked_raises_no_alarm(algorithm: str) -> None:
    assert named(healthy(algorithm, 4.0).situation) == []


def behind(case: Case, into: np.ndarray, out: np.ndarray) -> Situation:
    """Answered with ids that stand for other items."""
    return case.served(lambda asked: case.fitted.scores(shifted(asked, into))[:, out])


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_shuffled_ids_of_the_served_version_are_named(share: float) -> None:
    random = np.random.default_rng(1)
    to = np.arange(ITEMS)
    some = random.permutation(ITEMS)[: int(share * ITEMS)]
    to[np.sort(some)] = some
    assert named(behind(healthy(), to, to))[0] == "shuffled item ids"
    assert named(behind(healthy("als"), np.arange(ITEMS), to))[0] == "shuffled item ids"


def test_events_that_bear_other_ids_than_at_training_are_named() -> None:
    case = healthy()
    other = {str(i): str(j) for i, j in enumerate(np.random.default_rng(2).permutation(ITEMS))}
    now = case.situation.now.with_columns(pl.col("item").replace_strict(other))
    assert named(case.with_(now=now))[0] == "shuffled item ids"


def test_a_table_of_items_with_its_rows_beside_other_ids_is_named() -> None:
    other = items().with_columns(pl.col("id").shuffle(seed=1))
    assert named(healthy().with_(items_now=other))[0] == "shuffled item ids"


@pytest.mark.parametrize(("by", "way"), [(1, "both"), (-2, "histories"), (7, "answers")])
def test_an_offset_between_the_ids_of_training_and_serving_is_named(by: int, way: str) -> None:
    own = np.arange(ITEMS)
    to = (own + by) % ITEMS
    into, out = (own if way == "answers" else to), (own if way == "histories" else to)
    assert named(behind(healthy(), into, out))[0] == "train/serve id offset"


def test_events_whose_ids_are_counted_from_another_number_are_named() -> None:
    case = healthy()
    now = case.situation.now.with_columns((pl.col("item").cast(pl.Int64) + 1).cast(pl.String))
    assert named(case.with_(now=now))[0] == "train/serve id offset"


def test_lists_of_what_users_had_seen_are_named() -> None:
    situation = healthy().situation
    shown = answers(situation, hide=False)
    assert named(replace(situation, answers=shown)) == ["seen-filter off"]
    off = replace(situation.serving, exclude_seen=False)
    assert named(replace(situation, answers=shown, serving=off)) == ["seen-filter off"]


def test_users_who_follow_lists_of_few_items_are_named_a_feedback_loop() -> None:
    case = healthy("popularity")
    situation = case.situation
    last = situation.trained["time"].max()
    situation = replace(situation, answers=situation.answers.unique("user", keep="first"))
    lists = situation.answers.select("user", pl.col("time").alias("at"), "items").sort("at")
    fresh = situation.now.filter(pl.col("time") > last)
    followed = (
        fresh.join_asof(lists, left_on="time", right_on="at", by="user", check_sortedness=False)
        .with_columns(pl.int_range(pl.len()).over("user", "at").alias("nth"))
        .with_columns(
            pl.when(pl.col("nth") % 4 < 3)
            .then(pl.col("items").list.get(pl.col("nth"), null_on_oob=True))
            .otherwise(None)
            .fill_null(pl.col("item"))
            .alias("item")
        )
    )
    now = pl.concat(
        [situation.now.filter(pl.col("time") <= last), followed.select(fresh.columns)]
    ).unique(["user", "item"], keep="first", maintain_order=True)
    assert named(replace(situation, now=now)) == ["popularity feedback loop"]


def test_a_table_of_items_without_those_used_lately_is_named() -> None:
    table = items().filter(pl.col("id").cast(pl.Int64) % 11 != 0)
    assert named(healthy().with_(items_now=table)) == ["stale item table"]


@pytest.mark.parametrize("algorithm", ["ease", "als"])
def test_a_model_of_what_users_disliked_is_named(algorithm: str) -> None:
    case = healthy(algorithm, 4.0)
    situation = case.situation
    low = situation.trained.filter(pl.col("value") < 4)
    users = [str(u) for u in sorted(int(u) for u in situation.trained["user"].unique())]
    wrong = recommenders()[algorithm].fit(Fit(as_interactions(low, users), {}, 7, 1))
    assert named(case.served(wrong.scores))[0] == "inverted rating threshold"
    recorded = replace(case.served(wrong.scores), trained=low)
    assert "inverted rating threshold" in named(recorded)[:2]


@pytest.mark.parametrize("late_s", [0, 7, 93_600])
def test_events_that_came_twice_are_named(late_s: int) -> None:
    case = healthy()
    again = case.situation.now[::5].with_columns(time=pl.col("time") + late_s * 1_000_000)
    again = again.filter(pl.col("time") < case.situation.as_of)
    now = pl.concat([case.situation.now, again]).sort("time")
    assert named(case.with_(now=now))[0] == "duplicated events"


@pytest.mark.parametrize("hours", [-8, 5])
def test_times_that_moved_by_hours_are_named(hours: int) -> None:
    case = healthy()
    now = case.situation.now.with_columns(time=pl.col("time") + hours * HOUR).sort("time")
    assert named(case.with_(now=now, as_of=case.situation.as_of + 6 * HOUR))[0] == "time-zone shift"


def test_new_events_in_another_time_zone_are_named() -> None:
    case = healthy()
    last = case.situation.trained["time"].max()
    moved = pl.when(pl.col("time") > last).then(pl.col("time") + 8 * HOUR).otherwise("time")
    now = case.situation.now.with_columns(time=moved).sort("time")
    situation = case.with_(now=now, as_of=case.situation.as_of + DAY)
    assert named(situation)[0] == "time-zone shift"


def test_a_label_given_to_the_wrong_items_is_named() -> None:
    lost = pl.col("genres").str.replace("Comedy", "War")
    table = items().with_columns(
        pl.when(pl.col("id").cast(pl.Int64) % 8 == 0).then(lost).otherwise("genres").alias("genres")
    )
    assert named(healthy().with_(items_now=table)) == ["mislabelled items"]
    # The other way round it is a correction.
    assert named(healthy().with_(items_then=table)) == []


@pytest.mark.parametrize("algorithm", ["als", "bpr"])
def test_cosines_in_place_of_products_are_named(algorithm: str) -> None:
    case = healthy(algorithm)
    scores = cosine_of(case.fitted)
    assert scores is not None
    assert named(case.served(scores))[0] == "cosine for dot product"


def test_a_model_that_knows_nothing_of_what_users_did_is_told_from_the_recipe() -> None:
    case = healthy()
    noise = np.random.default_rng(5).normal(size=ITEMS).astype(np.float32)

    def scores(asked: Histories) -> np.ndarray:
        return np.tile(noise, (len(asked), 1))

    assert named(case.served(scores))[0] in ("shuffled item ids", "another model")

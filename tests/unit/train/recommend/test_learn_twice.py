"""How long recommenders that are networks learn."""

from dataclasses import replace

import numpy as np
import pytest

from keel.data.interactions import Interactions
from keel.train.recommend.catalogue import recommenders
from keel.train.recommend.learn_twice import hold_users
from keel.train.recommend.top_items import top_items
from keel.train.recommender import Fit
from recommend_case import ITEMS, fit_of, histories

needs_torch = pytest.mark.usefixtures("torch")


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed: keel-ml[deep]")


def test_held_users_are_a_tenth_of_those_with_two_items_and_are_not_learned_from():
    asked = histories(*([i, i + 1] for i in range(30)), [1], [])
    learned, held = hold_users(asked, 3)
    assert (len(learned), len(held)) == (27, 3)
    assert not set(learned.item[::2]) & set(held.item[::2])


@needs_torch
def test_a_refit_with_the_rounds_that_were_found_is_the_same_model():
    recommender = recommenders()["two_tower"]
    found = recommender.fit(fit_of(factors=32))
    rounds = found.parameters["rounds"]
    again = recommender.fit(fit_of(factors=32, rounds=rounds))
    asked = fit_of().histories
    assert 1 <= rounds < 100
    assert (found.scores(asked) == again.scores(asked)).all()


@needs_torch
@pytest.mark.parametrize("name", ["two_tower", "ncf"])
def test_a_network_learns_tastes(name: str):
    model = recommenders()[name].fit(fit_of(rounds=40, weight_decay=0.1))
    allowed = np.ones((2, ITEMS), dtype=bool)
    allowed[0, [0, 2, 4]] = allowed[1, [1, 3, 5]] = False
    found, _ = top_items(model.scores(histories([0, 2, 4], [1, 3, 5])), allowed, 6)
    assert np.mean(found[0] % 2 == 0) > 0.6
    assert np.mean(found[1] % 2 == 1) > 0.6


@needs_torch
def test_attention_learns_what_comes_next():
    users, length = 60, 8
    first = np.random.default_rng(0).integers(0, 12, users)
    item = (first[:, None] + np.arange(length)).ravel() % 12
    time = np.tile(np.arange(length), users).astype("datetime64[us]")
    events = Interactions(np.repeat(np.arange(users), length), item, users, 12, time)
    model = recommenders()["sasrec"].fit(Fit(events, {"rounds": 30, "dropout": 0.1}, 0, 1))
    asked = replace(histories([3, 4, 5], [9, 10, 11]), items=12)
    assert model.scores(asked).argmax(axis=1).tolist() == [6, 0]

"""That each recommender learns what it is for."""

import numpy as np
import pytest

from keel.data.interactions import Interactions
from keel.train.recommend.catalogue import recommenders
from keel.train.recommend.item_weights import ItemWeightsModel, largest
from keel.train.recommend.top_items import top_items
from keel.train.recommender import Fit
from recommend_case import ITEMS, ask_graph, content, fit_of, histories, world

START = np.datetime64("2026-01-01", "us")
DAY = np.timedelta64(1, "D")


@pytest.mark.parametrize("name", ["item_neighbours", "ease", "als", "bpr", "hybrid"])
def test_a_stranger_is_shown_mostly_what_is_of_their_taste(name: str):
    model = recommenders()[name].fit(fit_of())
    asked = histories([0, 2, 4], [1, 3, 5])
    allowed = np.ones((2, ITEMS), dtype=bool)
    allowed[0, [0, 2, 4]] = allowed[1, [1, 3, 5]] = False
    found, _ = top_items(model.scores(asked), allowed, 6)
    assert np.mean(found[0] % 2 == 0) > 0.6
    assert np.mean(found[1] % 2 == 1) > 0.6


def test_content_ranks_items_that_nobody_has_used():
    # Nobody uses the last two items; the last but one is a comedy, as all even ones are.
    scores = recommenders()["content"].fit(fit_of()).scores(histories([0, 2, 4], [1, 3, 5]))
    assert scores[0, ITEMS - 2] > scores[0, ITEMS - 1]
    assert scores[1, ITEMS - 2] < scores[1, ITEMS - 1]


def test_a_hybrid_answers_a_stranger_with_what_is_popular_and_knows_new_items_by_content():
    model = recommenders()["hybrid"].fit(fit_of())
    popular = recommenders()["popularity"].fit(fit_of())
    nobody = histories([])
    ours, theirs = (each.scores(nobody)[0] for each in (model, popular))
    assert (top_items(ours[None], None, 5)[0] == top_items(theirs[None], None, 5)[0]).all()
    scores = model.scores(histories([0, 2, 4, 6, 8, 10]))[0]
    assert scores[ITEMS - 2] > scores[ITEMS - 1]


def test_ease_is_its_closed_form():
    model = recommenders()["ease"].fit(fit_of(penalty=30.0, damping=0.5))
    lengths = fit_of().histories.lengths
    matrix = fit_of().histories.matrix().toarray().astype(np.float64)
    matrix *= ((lengths / lengths.mean()) ** -0.25)[:, None]
    inverse = np.linalg.inv(matrix.T @ matrix + 30.0 * np.eye(ITEMS))
    expected = -inverse / np.diagonal(inverse)
    np.fill_diagonal(expected, 0.0)
    assert model.weights == pytest.approx(expected, abs=1e-6)


def test_neighbours_are_cosines_where_nothing_is_shrunk():
    model = recommenders()["item_neighbours"].fit(
        fit_of(shrink=0.1, asymmetry=0.5, neighbours=ITEMS - 1)
    )
    matrix = fit_of().histories.matrix().toarray().astype(np.float64)
    together = matrix.T @ matrix
    size = np.diagonal(together)
    expected = together / (np.sqrt(np.outer(size, size)) + 0.1)
    np.fill_diagonal(expected, 0.0)
    assert model.weights == pytest.approx(expected, abs=1e-6)


def test_each_item_is_judged_by_its_own_nearest_neighbours():
    model = recommenders()["item_neighbours"].fit(fit_of(neighbours=10))
    assert (np.count_nonzero(model.weights, axis=0) <= 10).all()


def test_popularity_fades_by_half_in_a_half_life():
    events = Interactions(
        np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1]), 3, 3, START + np.array([0, 7, 0, 0]) * DAY
    )
    model = recommenders()["popularity"].fit(Fit(events, {"half_life_days": 7.0}, 0, 1))
    assert model.scores(histories([]))[0, :3] == pytest.approx([1.5 / 2.5, 1.0 / 2.5, 0.0])


def test_popularity_in_a_segment_is_drawn_to_that_of_everyone():
    events = Interactions(np.array([0, 1, 1, 2]), np.array([0, 1, 1, 2]), 3, 3)
    fit = Fit(
        events, {"by_segment": True, "prior": 10.0}, 0, 1, segment=np.array([1, 2, 0]), segments=3
    )
    model = recommenders()["popularity"].fit(fit)
    shares = model.scores(histories([], [], segment=[2, 0]))
    everyone = np.array([0.25, 0.5, 0.25])
    assert shares[1] == pytest.approx(everyone)
    assert shares[0] == pytest.approx((np.array([0.0, 2.0, 0.0]) + 10 * everyone) / 12)


def test_ratings_of_a_stranger_follow_from_their_history():
    model = recommenders()["biased_mf"].fit(fit_of())
    liked, disliked = histories([0, 2, 4]), histories([0, 2, 4])
    disliked.value[:] = 1.0
    change = (model.scores(liked) - model.scores(disliked))[0, : ITEMS - 2]
    assert (change[0::2] > 0).mean() > 0.9
    assert (change[1::2] < 0).mean() > 0.9
    scores = model.scores(liked)
    assert scores.min() >= 2.0
    assert scores.max() <= 5.0


def test_ratings_beat_the_mean_on_what_was_held_out():
    whole = world()
    held = np.arange(len(whole)) % 4 == 0
    fit = Fit(whole.take(~held), {"factors": 3}, 0, 1)
    scores = recommenders()["biased_mf"].fit(fit).scores(fit.histories)
    value = whole.value[held]
    error = scores[whole.user[held], whole.item[held]] - value
    assert np.mean(error**2) < 0.6 * np.var(value)


def test_a_sparse_table_of_weights_answers_in_the_graph_as_here():
    random = np.random.default_rng(3)
    weights = largest(random.normal(size=(ITEMS, ITEMS)), 7)
    plain = recommenders()["ease"].fit(fit_of())
    model = ItemWeightsModel({}, plain.weighting, weights)
    asked = histories([0, 3, 9], [], [5])
    native = model.scores(asked)
    top, scores = ask_graph(model, asked)
    assert scores == pytest.approx(np.take_along_axis(native, top, axis=1), abs=1e-5)
    assert np.diff(weights.indptr).max() == 7


def test_a_recommender_says_why_it_does_not_apply():
    bare = Fit(Interactions(np.array([0]), np.array([0]), 1, 1), {}, 0, 1).facts
    reasons = {name: r.skip(bare) for name, r in recommenders().items()}
    assert reasons["content"] == "nothing is known of items: declare an items table"
    assert reasons["biased_mf"] == "events have no value to predict"
    assert reasons["ease"] is None
    assert content().features.shape[0] == ITEMS

"""What every recommender must do, whichever it is."""

import numpy as np
import pytest

from keel.data.histories import histories_of
from keel.train.algorithm import Choice, Range
from keel.train.models.picks import default
from keel.train.recommend.catalogue import SIMPLICITY, recommenders
from keel.train.recommend.top_items import top_items, write_graph
from keel.train.recommender import FittedRecommender, Recommender
from recommend_case import ITEMS, ask_graph, fit_of, histories, world

DEEP = {"ncf", "two_tower", "sasrec"}
NAMES = list(recommenders())


@pytest.fixture(params=NAMES, scope="module")
def recommender(request: pytest.FixtureRequest) -> Recommender:
    if request.param in DEEP:
        pytest.importorskip("torch", reason="torch is not installed: keel-ml[deep]")
    return recommenders()[request.param]


@pytest.fixture(scope="module")
def model(recommender: Recommender) -> FittedRecommender:
    return recommender.fit(fit_of(**quickly(recommender)))


def quickly(recommender: Recommender) -> dict[str, int]:
    """Networks learn for a few rounds only."""
    return {"rounds": 3} if recommender.name in DEEP else {}


def test_all_are_ranked_by_simplicity():
    assert set(NAMES) <= set(SIMPLICITY)


def test_the_graph_answers_as_the_model_does(model: FittedRecommender):
    asked = histories_of(world(), fit_of().segment)
    native = model.scores(asked)
    top, scores = ask_graph(model, asked)
    spread = max(float(native.std()), 1e-6)
    again = np.take_along_axis(native, top, axis=1)
    assert np.abs(scores - again).max() <= 1e-4 * spread
    best = -np.sort(-native, axis=1)
    assert np.abs(scores - best).max() <= 1e-4 * spread


def test_a_graph_with_other_options_answers_as_the_model_does(recommender: Recommender):
    space = recommender.space(fit_of().facts)
    last = {
        name: choice.options[-1] if isinstance(choice, Choice) else default(choice)
        for name, choice in space.items()
    }
    model = recommender.fit(fit_of(**last | quickly(recommender)))
    asked = histories([0, 2, 4], [1], [], [7, 5, 3, 1], segment=[0, 1, 2, 0])
    native = model.scores(asked)
    _, scores = ask_graph(model, asked)
    assert np.abs(scores + np.sort(-native, axis=1)).max() <= 1e-4 * max(native.std(), 1e-6)


def test_every_history_has_finite_scores_of_the_whole_catalogue(model: FittedRecommender):
    scores = model.scores(histories([], [0], list(range(ITEMS)), [ITEMS - 1]))
    assert scores.shape == (4, ITEMS)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_an_answer_depends_on_no_row_beside_it_and_on_no_padding(model: FittedRecommender):
    together = histories([0, 2, 4, 6], [1, 3], [], segment=[1, 2, 0])
    whole = model.scores(together)
    for row in range(3):
        alone = model.scores(together.take(np.array([row])))[0]
        assert np.abs(alone - whole[row]).max() <= 1e-5 * max(whole.std(), 1e-6)
    narrow, wide = (ask_graph(model, together, width=width)[1] for width in (1, 9))
    assert np.abs(narrow - wide).max() <= 1e-5 * max(whole.std(), 1e-6)


def test_the_same_fit_gives_the_same_graph(recommender: Recommender):
    models = [recommender.fit(fit_of(**quickly(recommender))) for _ in range(2)]
    graphs = [write_graph("case", model, ITEMS, 3) for model in models]
    assert graphs[0] == graphs[1]


def test_parameters_are_plain_and_say_what_was_picked(
    recommender: Recommender, model: FittedRecommender
):
    space = recommender.space(fit_of().facts)
    assert set(space) <= set(model.parameters) | {"prior"}
    assert all(isinstance(v, float | int | str | bool | None) for v in model.parameters.values())
    assert all(isinstance(choice, Choice | Range) for choice in space.values())


def test_items_that_are_not_allowed_are_not_shown(model: FittedRecommender):
    asked = histories([0, 2], [1])
    allowed = np.zeros((2, ITEMS), dtype=bool)
    allowed[0, [5, 6]] = True
    top, scores = ask_graph(model, asked, allowed)
    assert set(top[0, :2]) == {5, 6}
    assert (top[0, 2:] == -1).all()
    assert (top[1] == -1).all()
    assert np.isneginf(scores[1]).all()
    ours, _ = top_items(model.scores(asked), allowed)
    assert (ours == top).all()

import numpy as np

from keel.train.recommend.fallback import FallbackModel, fit_with_fallback
from keel.train.recommenders import ease, popularity, rating_means
from recommend_case import ask_graph, fit_of, histories


def test_a_user_without_a_history_gets_what_most_users_like() -> None:
    model = fit_with_fallback(ease.RECOMMENDER, fit_of())
    popular = popularity.RECOMMENDER.fit(fit_of(by_segment=True))
    asked = histories([], [2, 4], segment=[1, 1])
    scores = model.scores(asked)
    assert np.array_equal(scores[0], popular.scores(asked)[0])
    assert np.array_equal(scores[1], ease.RECOMMENDER.fit(fit_of()).scores(asked)[1])


def test_the_graph_falls_back_alike() -> None:
    model = fit_with_fallback(ease.RECOMMENDER, fit_of())
    asked = histories([], [2, 4], segment=[2, 0])
    top, scores = ask_graph(model, asked)
    native = model.scores(asked)
    there = np.take_along_axis(native, top, axis=1)
    assert np.allclose(there, scores, atol=1e-5)


def test_ratings_and_popularity_need_no_fallback() -> None:
    assert not isinstance(fit_with_fallback(popularity.RECOMMENDER, fit_of()), FallbackModel)
    assert not isinstance(fit_with_fallback(rating_means.RECOMMENDER, fit_of()), FallbackModel)

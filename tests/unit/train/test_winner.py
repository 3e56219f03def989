"""The one-standard-error rule."""

from keel.train.search.candidate import Candidate, Recipe
from keel.train.search.winner import choose_winner

ORDER = ("prior", "logistic", "random_forest", "lightgbm")


def candidate(
    algorithm: str,
    score: float,
    error: float = 0.01,
    *,
    pruned: bool = False,
    imbalance: str = "none",
):
    recipe = Recipe(algorithm, {}, imbalance=imbalance)
    return Candidate(recipe, score, error, (score,), 1.0, pruned)


def test_the_simplest_within_one_standard_error_of_the_best_wins():
    tried = [candidate("lightgbm", 0.90), candidate("logistic", 0.895), candidate("prior", 0.5)]
    choice = choose_winner(tried, ORDER, higher=True, measure="roc_auc")
    assert choice.winner.algorithm == "logistic"
    assert "simplest of 2 algorithms within one standard error" in choice.why


def test_the_best_wins_when_nothing_simpler_comes_near():
    tried = [candidate("lightgbm", 0.90), candidate("logistic", 0.85)]
    choice = choose_winner(tried, ORDER, higher=True, measure="roc_auc")
    assert choice.winner.algorithm == "lightgbm"
    assert "next comes logistic (0.850 ± 0.010)" in choice.why


def test_an_error_that_is_lower_is_better():
    tried = [candidate("lightgbm", 10.0, 0.5), candidate("logistic", 10.4)]
    choice = choose_winner(tried, ORDER, higher=False, measure="rmse")
    assert choice.winner.algorithm == "logistic"


def test_pruned_and_undefined_candidates_cannot_win():
    tried = [
        candidate("lightgbm", 0.99, pruned=True),
        candidate("random_forest", float("nan")),
        candidate("logistic", 0.7),
    ]
    assert choose_winner(tried, ORDER, higher=True, measure="m").winner.algorithm == "logistic"


def test_the_best_recipe_of_an_algorithm_stands_for_it():
    tried = [candidate("logistic", 0.80), candidate("logistic", 0.82)]
    assert choose_winner(tried, ORDER, higher=True, measure="m").winner.score == 0.82


def test_a_treatment_of_imbalance_must_gain_more_than_one_standard_error():
    plain = candidate("lightgbm", 0.895)
    bags = candidate("lightgbm", 0.90, imbalance="balanced_bagging")
    weights = candidate("lightgbm", 0.898, imbalance="class_weight")
    choice = choose_winner([plain, bags, weights], ORDER, higher=True, measure="roc_auc")
    assert choice.winner is plain
    assert "balanced_bagging is better by less than one standard error (0.900 " in choice.why
    lost = candidate("lightgbm", 0.87)
    assert choose_winner([lost, bags, weights], ORDER, higher=True, measure="m").winner is weights

"""Detectors compared by what the others say."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from keel.train.algorithm import Choice, Range
from keel.train.detect.agreement import with_agreement
from keel.train.detect.most_agreeing import most_agreeing
from keel.train.detect.second_setting import second_setting
from keel.train.search.candidate import Candidate, Recipe
from keel.train.search.trial_cache import Trial


def trials(columns):
    made = []
    for name, scores in columns:
        candidate = Candidate(Recipe(name, {}), float("nan"), float("nan"), (), 0.0, kind="anomaly")
        made.append(Trial(candidate, np.asarray(scores, dtype=np.float32)[:, None]))
    return made


def test_a_candidate_agrees_as_its_ranks_go_with_those_of_other_algorithms():
    random = np.random.default_rng(0)
    truth = random.normal(size=60)
    a, b, c = (truth + random.normal(size=60) for _ in range(3))
    found = with_agreement(
        trials([("none", np.zeros(60)), ("a", a), ("b", b), ("c", c)]), (30, 30), "none"
    )
    scores = [trial.candidate.score for trial in found]
    expected = np.mean(
        [
            [spearmanr(a[rows], other[rows]).statistic for other in (b, c)]
            for rows in (slice(0, 30), slice(30, 60))
        ]
    )
    assert scores[1] == pytest.approx(expected)
    assert len(found[1].candidate.folds) == 2
    assert found[1].candidate.standard_error > 0
    assert scores[0] == 0


def test_settings_of_one_algorithm_do_not_vote_for_each_other():
    random = np.random.default_rng(0)
    odd, usual = random.normal(size=(2, 80))
    many = [("odd", odd + random.normal(size=80) / 10) for _ in range(6)]
    found = with_agreement(trials([*many, ("a", usual), ("b", usual + odd / 10)]), (80,), "none")
    best = max(found, key=lambda trial: trial.candidate.score)
    assert best.candidate.algorithm != "odd"


def test_an_algorithm_has_one_vote_however_many_settings_it_has():
    random = np.random.default_rng(0)
    a, b, c = random.normal(size=(3, 80))
    once = with_agreement(trials([("a", a), ("b", b), ("c", c)]), (80,), "none")
    often = with_agreement(trials([("a", a), ("b", b), ("c", c), ("c", c)]), (80,), "none")
    assert often[0].candidate.score == pytest.approx(once[0].candidate.score)


def test_the_one_that_others_agree_with_most_wins_and_the_words_say_so():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 80))
    columns = [("first", a), ("second", a + b), ("third", b)]
    found = [trial.candidate for trial in with_agreement(trials(columns), (80,), "none")]
    choice = most_agreeing(found)
    assert choice.winner.algorithm == "second"
    assert choice.why.startswith("second agrees most with the other detectors")
    assert most_agreeing(found[:1]).why == "first was the only detector"


def test_folds_may_be_on_scales_of_their_own():
    ranks = np.tile(np.arange(30.0), 2)
    shifted = ranks + np.repeat([0.0, 1e6], 30)
    found = with_agreement(trials([("a", ranks), ("b", shifted)]), (30, 30), "none")
    assert found[0].candidate.score == pytest.approx(1)


def test_one_alone_has_nobody_to_agree_with():
    [alone] = with_agreement(trials([("a", np.arange(20.0))]), (20,), "none")
    assert alone.candidate.score == 0


def test_a_second_setting_moves_halfway_to_the_farther_end():
    space = {
        "join": Choice(("max", "mean")),
        "only": Choice(("one",)),
        "neighbours": Range(1, 100, 5, log=True, whole=True),
        "nu": Range(0.01, 0.9, 0.5),
    }
    second = second_setting(space)
    assert second == {"join": "mean", "only": "one", "neighbours": 22, "nu": pytest.approx(0.255)}

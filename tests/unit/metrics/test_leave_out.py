import numpy as np
import pytest

from keel.metrics.evidence import Evidence
from keel.metrics.leave_out import PARTS, difference_error, left_out_figures
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure

HITS = Measure("hit_rate", "k", 1)


def evidence(right: np.ndarray) -> Evidence:
    """One item shown; it is right or not."""
    shown = np.zeros((len(right), 1), dtype=np.int64)
    return Evidence(TaskName.RECOMMEND, shown, np.where(right, 0, 1)[:, None], "test")


def test_the_error_of_a_mean_is_the_textbooks() -> None:
    right = np.random.default_rng(0).random(2_000) < 0.3
    figures = left_out_figures(HITS, evidence(right), seed=1)
    assert figures.shape == (1 + PARTS,)
    assert figures[0] == pytest.approx(right.mean())
    error = difference_error(figures[None], np.zeros((1, 1 + PARTS)))
    assert error == pytest.approx(right.std() / np.sqrt(len(right)), rel=0.25)


def test_versions_that_fail_alike_differ_with_more_certainty_than_either_is_known() -> None:
    random = np.random.default_rng(0)
    right = random.random(2_000) < 0.5
    better = right | (random.random(2_000) < 0.02)
    a, b = (left_out_figures(HITS, evidence(r), seed=1)[None] for r in (better, right))
    alone = difference_error(a, np.zeros_like(a))
    assert difference_error(a, b) < alone / 3
    gap = better.astype(float) - right
    assert difference_error(a, b) == pytest.approx(gap.std() / np.sqrt(len(gap)), rel=0.3)


def test_the_same_answers_differ_by_nothing_and_folds_add_up() -> None:
    right = np.random.default_rng(0).random(500) < 0.5
    figures = left_out_figures(HITS, evidence(right), seed=1)[None]
    assert difference_error(figures, figures) == 0
    one = difference_error(figures, np.zeros_like(figures))
    twice = np.concatenate([figures, figures])
    assert difference_error(twice, np.zeros_like(twice)) == pytest.approx(one / np.sqrt(2))

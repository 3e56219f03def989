import numpy as np
import pytest
from graph_case import run_scores

from keel.train.encode.target import TARGETS, fit_target

LABEL = np.exp(np.random.default_rng(0).normal(3, 2, 400)) - 5


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_comes_back_from_its_transform(name):
    target = fit_target(name, LABEL)
    back = target.inverse(target.forward(LABEL)[:, None].astype(np.float32))
    np.testing.assert_allclose(back[:, 0], LABEL, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", TARGETS)
def test_the_graph_brings_it_back_alike_also_from_absurd_answers(name):
    target = fit_target(name, LABEL)
    answers = np.array([-1e30, -50, -1, 0, 0.3, 2, 80, 1e30], dtype=np.float32)[:, None]
    native = target.inverse(answers)
    np.testing.assert_allclose(run_scores(answers, target.graph), native, rtol=1e-5)
    if name != "none":
        span = np.ptp(LABEL)
        assert native.min() >= LABEL.min() - span * 1.001
        assert native.max() <= LABEL.max() + span * 1.001


def test_a_learned_target_has_no_mean_and_unit_spread():
    learned = fit_target("log", LABEL).forward(LABEL)
    assert learned.mean() == pytest.approx(0, abs=1e-9)
    assert learned.std() == pytest.approx(1)


def test_a_constant_target_and_an_unknown_name():
    assert fit_target("yeo_johnson", np.full(5, 2.0)).inverse(np.zeros((1, 1), np.float32)) == 2
    with pytest.raises(KeyError, match="'sqrt' is not a target transform"):
        fit_target("sqrt", LABEL)

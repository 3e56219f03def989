"""Fits with PyTorch: they stop in time and leave no trace."""

from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: keel-ml[deep]")

from keel.train.models.deep import PATIENCE, learn, torch_fitting  # noqa: E402


def test_a_fit_draws_by_its_seed_and_leaves_the_draws_of_others_as_they_were():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    drawn = []
    for _ in range(2):
        with torch_fitting(7, 1):
            assert torch.get_num_threads() == 1
            drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
    assert torch.equal(torch.get_rng_state(), before)


class _Walk:
    """A number that goes up by one each round."""

    def __init__(self) -> None:
        self.place = torch.nn.Parameter(torch.zeros(1))
        self.optimizer = torch.optim.SGD([self.place], lr=1.0)

    def losses(self) -> Iterator[Any]:
        yield -self.place.sum()


def test_learning_ends_soon_after_the_best_round_and_is_as_it_was_then():
    walk, asked = _Walk(), []

    def held() -> float:
        asked.append(walk.place.item())
        return 1.0 + abs(asked[-1] - 4.0)

    assert learn(walk.optimizer, walk.losses, 50, held) == 4
    assert walk.place.item() == 4.0
    assert asked[-1] == 4.0 + PATIENCE


def test_without_anything_held_out_all_rounds_are_made():
    walk = _Walk()
    assert learn(walk.optimizer, walk.losses, 6) == 6
    assert walk.place.item() == 6.0


def test_a_loss_that_is_no_number_is_never_the_best():
    walk = _Walk()
    kept = learn(walk.optimizer, walk.losses, 50, lambda: float("nan"))
    assert kept == 0
    assert walk.place.item() == 0.0

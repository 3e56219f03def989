from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.evaluate.shapley import Shapley, Value, shapley

PLENTY = 10**6


def game(worth: Callable[[np.ndarray], np.ndarray]) -> Value:
    """A game that has no background: masks [m, players] to [m]."""
    return lambda masks, _: worth(masks.astype(float))[:, None]


def model(
    function: Callable[[np.ndarray], np.ndarray], row: np.ndarray, usual: np.ndarray
) -> Value:
    """A function of [m, d] at `row`, with rows of `usual` in place of what does not play."""
    return lambda masks, background: function(np.where(masks, row, usual[background]))[:, None]


def test_the_glove_game_has_its_published_values() -> None:
    # Two players own a left glove, one a right one; only a pair is worth anything.
    found = shapley(
        game(lambda m: np.minimum(np.maximum(m[:, 0], m[:, 1]), m[:, 2])),
        3,
        1,
        budget=PLENTY,
        seed=0,
    )
    np.testing.assert_allclose(found.moved[:, 0], [1 / 6, 1 / 6, 4 / 6])


def test_the_airport_game_has_its_published_values() -> None:
    # Littlechild and Owen (1973): each step of a runway is shared by those who need it.
    costs = np.array([8.0, 11.0, 13.0, 18.0])
    found = shapley(game(lambda m: (m * costs).max(axis=1)), 4, 1, budget=PLENTY, seed=0)
    np.testing.assert_allclose(found.moved[:, 0], [2, 3, 4, 9])


def test_the_security_council_has_its_published_values() -> None:
    # Shapley and Shubik (1954): 15 members, of whom five may veto; nine votes carry. With
    # 4 of 10 others beside the five, a permanent member is worth 421/2145, another 4/2145.
    found = shapley(
        game(lambda m: (m[:, :5].all(axis=1) & (m.sum(axis=1) >= 9)).astype(float)),
        15,
        1,
        budget=PLENTY,
        seed=0,
    )
    assert found.exact
    np.testing.assert_allclose(found.moved[:, 0], [421 / 2145] * 5 + [4 / 2145] * 10)


def tangled(rows: np.ndarray) -> np.ndarray:
    """Products, a threshold, a part that is added, and a column (the last) that changes nothing."""
    return rows[:, 0] * rows[:, 1] * rows[:, 2] + (rows[:, 3] > 0) * rows[:, 4] + rows[:, 5]


@pytest.fixture
def tangle() -> Value:
    random = np.random.default_rng(3)
    return model(tangled, random.normal(size=7), random.normal(size=(16, 7)))


def test_counted_values_are_those_of_all_orders(tangle: Value) -> None:
    found = shapley(tangle, 7, 16, budget=PLENTY, seed=0)
    moved = np.zeros(7)
    worth: dict[frozenset[int], float] = {}

    def of(players: frozenset[int]) -> float:
        if players not in worth:
            mask = np.tile([i in players for i in range(7)], (16, 1))
            worth[players] = float(tangle(mask, np.arange(16)).mean())
        return worth[players]

    orders = list(permutations(range(7)))
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            moved[player] += (of(before | {player}) - of(before)) / len(orders)
    np.testing.assert_allclose(found.moved[:, 0], moved, atol=1e-12)


def test_sampled_values_are_near_the_counted_ones_as_their_error_says(tangle: Value) -> None:
    counted = shapley(tangle, 7, 16, budget=PLENTY, seed=0)
    off = []
    for seed in range(60):
        sampled = shapley(tangle, 7, 16, budget=1200, seed=seed)
        assert not sampled.exact
        moving = sampled.error[:, 0] > 1e-12
        off.append(((sampled.moved - counted.moved)[moving, 0]) / sampled.error[moving, 0])
    z = np.concatenate(off)
    assert abs(z.mean()) < 0.15
    assert 0.85 < z.std() < 1.2
    assert (np.abs(z) > 1.96).mean() < 0.09


def test_more_budget_makes_less_error_and_is_not_exceeded(tangle: Value) -> None:
    found = [shapley(tangle, 7, 16, budget=budget, seed=1) for budget in (500, 1000, 2000)]
    errors = [float(one.error.sum()) for one in found]
    assert errors == sorted(errors, reverse=True)
    assert all(one.evaluated <= n for one, n in zip(found, (500, 1000, 2000), strict=True))


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 20), st.sampled_from([0, 900]))
def test_values_add_up_whatever_is_drawn(
    seed: int, players: int, background: int, budget: int
) -> None:
    random = np.random.default_rng(seed)
    weights = random.normal(size=(players, players))
    value = model(
        lambda rows: np.tanh(rows @ weights).sum(axis=1) ** 2,
        random.normal(size=players),
        random.normal(size=(background, players)),
    )
    found = shapley(value, players, background, budget=budget, seed=seed)
    np.testing.assert_allclose(found.moved.sum(axis=0), found.score - found.base, atol=1e-9)


@pytest.fixture(params=[PLENTY, 1200], ids=["counted", "sampled"])
def found(request: pytest.FixtureRequest, tangle: Value) -> Shapley:
    return shapley(tangle, 7, 16, budget=request.param, seed=0)


def test_a_player_that_changes_nothing_is_worth_nothing(found: Shapley) -> None:
    assert (found.moved[6, 0], found.error[6, 0]) == (0, 0)


def test_what_is_only_added_is_exact(found: Shapley) -> None:
    random = np.random.default_rng(3)
    row, usual = random.normal(size=7), random.normal(size=(16, 7))
    np.testing.assert_allclose(found.moved[5, 0], row[5] - usual[:, 5].mean(), atol=1e-12)
    np.testing.assert_allclose(found.error[5, 0], 0, atol=1e-12)


def test_players_that_do_the_same_are_worth_the_same() -> None:
    value = model(lambda r: r[:, 0] * r[:, 1] * r[:, 2], np.array([2.0, 2.0, 5.0]), np.ones((4, 3)))
    found = shapley(value, 3, 4, budget=PLENTY, seed=0)
    assert found.moved[0, 0] == pytest.approx(found.moved[1, 0])


def test_the_same_seed_draws_the_same_orders(tangle: Value) -> None:
    one, two, other = (shapley(tangle, 7, 16, budget=900, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.moved, two.moved)
    assert not np.array_equal(one.moved, other.moved)


def test_many_players_take_fewer_backgrounds_but_ten() -> None:
    random = np.random.default_rng(0)
    value = model(lambda r: r.max(axis=1), random.normal(size=300), random.normal(size=(64, 300)))
    found = shapley(value, 300, 64, budget=100, seed=0)
    assert found.background == 10
    assert found.moved.sum() == pytest.approx(float((found.score - found.base)[0]))


def test_no_players_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        shapley(game(lambda m: m.sum(axis=1)), 0, 1, budget=1, seed=0)

"""Permutation importance against what theory says it must be."""

import numpy as np
import polars as pl
import pytest

from keel.evaluate.importance import absolute_error, log_loss, permutation_importance

ROWS = 2000
WEIGHTS = {"a": 2.0, "b": 1.0, "c": 0.0}


def linear(frame: pl.DataFrame) -> np.ndarray:
    return sum(weight * frame[name].to_numpy() for name, weight in WEIGHTS.items())  # type: ignore[return-value]


def squared_error(label: np.ndarray, output: np.ndarray) -> np.ndarray:
    return (label - output) ** 2


def additive(seed: int = 0, rows: int = ROWS) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame({name: rng.normal(size=rows) for name in WEIGHTS})
    return frame, linear(frame) + rng.normal(size=rows)


def test_an_additive_model_has_twice_the_variance_of_each_term() -> None:
    # Gregorutti, Michel, Saint-Pierre (2017), Correlation and variable importance in random
    # forests, Statistics and Computing 27, proposition 2: I(X_j) = 2 Var(f_j(X_j)).
    found = permutation_importance(linear, *additive(), squared_error, seed=1)
    assert [entry.columns for entry in found.entries] == [("a",), ("b",), ("c",)]
    for entry, expected in zip(found.entries, (8.0, 2.0, 0.0), strict=True):
        assert entry.rise.low <= expected <= entry.rise.high
    assert found.loss == pytest.approx(1.0, abs=0.1)


def test_the_interval_covers_what_it_should_about_95_times_in_100() -> None:
    hits = 0
    for seed in range(120):
        found = permutation_importance(
            linear, *additive(seed, rows=300), squared_error, seed=seed, repeats=3
        )
        entry = next(entry for entry in found.entries if entry.columns == ("a",))
        hits += entry.rise.low <= 8.0 <= entry.rise.high
    assert 105 <= hits <= 120


def test_a_column_the_model_does_not_read_rises_nothing() -> None:
    found = permutation_importance(linear, *additive(), squared_error, seed=1)
    unused = found.entries[-1].rise
    assert (unused.value, unused.low, unused.high) == (0.0, 0.0, 0.0)


def test_columns_that_say_the_same_are_shuffled_together() -> None:
    frame, label = additive()
    twin = frame.with_columns(twin=pl.col("a") * 3 + 1)

    def reads_the_twin(rows: pl.DataFrame) -> np.ndarray:
        return linear(rows) - rows["a"].to_numpy() + (rows["twin"].to_numpy() - 1) / 3

    found = permutation_importance(reads_the_twin, twin, label, squared_error, seed=1)
    assert found.entries[0].columns == ("a", "twin")
    assert found.entries[0].rise.low <= 8.0 <= found.entries[0].rise.high


def test_the_same_call_gives_the_same_answer_and_another_seed_another() -> None:
    frame, label = additive()
    first, again, other = (
        permutation_importance(linear, frame, label, squared_error, seed=seed, max_rows=400)
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert first.rows == 400


def test_no_row_keeps_its_own_value() -> None:
    frame = pl.DataFrame({"x": np.arange(50.0), "y": np.arange(50.0)[::-1] % 7})
    kept: list[bool] = []

    def spy(rows: pl.DataFrame) -> np.ndarray:
        if rows.height > 50:
            moved = rows["x"].to_numpy() != np.tile(np.arange(50.0), 5)
            kept.append(bool(np.any(moved) and not np.all(moved)))
        return rows["x"].to_numpy()

    permutation_importance(spy, frame, np.arange(50.0), absolute_error, seed=3)
    assert kept
    assert not any(kept)


def test_many_columns_are_opened_where_it_matters() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{i}": rng.normal(size=300) for i in range(64)})
    label = 3 * frame["x41"].to_numpy()

    def predict(rows: pl.DataFrame) -> np.ndarray:
        return 3 * rows["x41"].to_numpy()

    found = permutation_importance(
        predict, frame, label, squared_error, seed=1, repeats=2, max_entries=20
    )
    assert found.entries[0].columns == ("x41",)
    assert not found.entries[0].block
    assert sum(len(entry.columns) for entry in found.entries) == 64
    assert all(entry.rise.value == 0 for entry in found.entries[1:])


def test_the_budget_takes_fewer_repeats_then_fewer_rows_before_fewer_columns() -> None:
    frame, label = additive()
    half, tight = (
        permutation_importance(linear, frame, label, squared_error, seed=1, max_cells=9 * cells)
        for cells in (2 * ROWS, 300)
    )
    assert (half.rows, half.repeats) == (ROWS, 2)
    assert (tight.rows, tight.repeats) == (300, 1)
    assert len(tight.entries) == 3


def test_long_texts_count_by_their_characters() -> None:
    frame, label = additive()
    told = frame.with_columns(mail=pl.lit("n" * 1_000))
    few = 1_000 * 10 * 4 * 500
    found = permutation_importance(linear, told, label, squared_error, seed=1, max_cells=few)
    assert (found.rows, found.repeats) == (499, 1)


def test_one_row_has_no_importance() -> None:
    frame, label = additive(rows=1)
    found = permutation_importance(linear, frame, label, squared_error, seed=1)
    assert all(np.isnan(entry.rise.value) for entry in found.entries)


def test_rows_and_labels_must_be_as_many() -> None:
    frame, label = additive()
    with pytest.raises(ValueError, match="2000 rows but 5 labels"):
        permutation_importance(linear, frame, label[:5], squared_error, seed=1)


def test_log_loss_of_a_certain_mistake_is_finite() -> None:
    losses = log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [1.0, 0.0]]))
    assert losses[0] == pytest.approx(np.log(2))
    assert losses[1] == pytest.approx(-np.log(1e-7))

"""What is known of items, as numbers."""

import numpy as np
import polars as pl
import pytest

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.recommend.content import read_content
from keel.train.recommend.content_map import map_content


def content(kind: Kind, values: list[object]):
    return read_content(pl.DataFrame({"a": values}), (Column("a", kind),))


def test_parted_texts_are_labels_and_rare_ones_say_nothing():
    found = content(Kind.CATEGORY, ["Comedy|Drama", "Comedy", "Drama|Comedy", "Drama|Noir", None])
    assert found.label_names == ("Comedy", "Drama")
    assert found.labels.toarray().tolist() == [[1, 1], [1, 0], [1, 1], [0, 1], [0, 0]]
    assert found.names == ("a = Comedy", "a = Drama")


def test_numbers_are_steps_at_their_quantiles_and_a_missing_one_is_zero():
    found = content(Kind.NUMBER, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None])
    steps = found.features.toarray()
    assert (np.diff(steps[:6].sum(axis=1)) >= 0).all()
    assert steps[0].sum() == 1
    assert steps[6].sum() == 0


def test_words_weigh_more_the_rarer_they_are_and_rows_have_length_one():
    texts = ["storm rising"] * 3 + ["rising moon"] * 4 + [f"other {i}" for i in range(20)]
    found = content(Kind.TEXT, texts)
    assert set(found.names) == {"a: storm", "a: rising", "a: moon"}
    row = found.features.toarray()[0]
    assert row[found.names.index("a: storm")] > row[found.names.index("a: rising")] > 0
    assert np.linalg.norm(row) == pytest.approx(1.0)


def test_a_table_that_tells_nothing_is_no_content():
    assert content(Kind.CATEGORY, ["x", "y", "z"]) is None
    assert content(Kind.NUMBER, [None, None]) is None


@pytest.mark.parametrize("columns", [5, 60], ids=["fewer columns", "more columns"])
def test_a_map_is_the_ridge_regression_with_a_free_mean(columns: int):
    random = np.random.default_rng(0)
    levels = [f"L{i}" for i in range(columns)]
    texts = ["|".join(random.choice(levels, columns // 2, replace=False)) for _ in range(40)]
    found = content(Kind.CATEGORY, [*texts, None])
    factors = random.normal(size=(41, 3)).astype(np.float32)
    used = np.arange(41) < 30
    mapped = map_content(found, factors, used, 2.0)
    design = found.features.toarray().astype(np.float64)
    centered = design - design[used].mean(axis=0)
    mean = factors[used].mean(axis=0)
    products = centered[used].T @ centered[used] + 2.0 * np.eye(design.shape[1])
    weights = np.linalg.solve(products, centered[used].T @ (factors[used] - mean))
    assert mapped[:40] == pytest.approx(centered[:40] @ weights + mean, abs=1e-4)
    assert mapped[40] == pytest.approx(mean, abs=1e-5)

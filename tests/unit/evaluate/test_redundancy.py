"""Columns that say nearly the same."""

import numpy as np
import polars as pl

from keel.evaluate.redundancy import redundant_groups


def test_a_number_and_its_monotone_twin_belong_together_whatever_the_sign() -> None:
    x = np.random.default_rng(0).normal(size=300)
    frame = pl.DataFrame(
        {"x": x, "other": np.roll(x, 7) ** 2, "e": np.exp(x), "minus": -(x**3), "last": x[::-1]}
    )
    assert redundant_groups(frame) == (("x", "e", "minus"), ("other",), ("last",))


def test_a_category_and_its_code_belong_together() -> None:
    rng = np.random.default_rng(1)
    code = rng.integers(0, 16, size=1000)
    frame = pl.DataFrame(
        {
            "education": [f"level {(7 * c) % 16}" for c in code],
            "sex": rng.choice(["f", "m"], size=1000),
            "education_num": code.astype(np.float64),
        }
    )
    assert redundant_groups(frame) == (("education", "education_num"), ("sex",))


def test_missing_values_are_no_common_ground() -> None:
    rng = np.random.default_rng(2)
    x = [float(v) if v > -0.3 else None for v in rng.normal(size=400)]
    y = [None if v is None else 2 * v for v in x]
    noise = [None if v is None else float(rng.normal()) for v in x]
    frame = pl.DataFrame({"x": x, "y": y, "noise": noise})
    assert redundant_groups(frame) == (("x", "y"), ("noise",))


def test_constant_empty_and_odd_columns_stand_alone() -> None:
    frame = pl.DataFrame(
        {
            "one": [1.0] * 30,
            "none": pl.Series([None] * 30, dtype=pl.Float64),
            "text": [f"row {i}" for i in range(30)],
            "time": pl.Series(range(30), dtype=pl.Int64).cast(pl.Datetime("us")),
            "flag": [True, False] * 15,
        }
    )
    assert redundant_groups(frame) == tuple((name,) for name in frame.columns)

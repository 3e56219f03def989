import numpy as np
import pytest
from graph_case import run_scores
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from keel.train.encode.power import fit_power, power_inverse, power_transform

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("exponent", [-1.5, 0.0, 0.7, 1.0, 2.0, 3.2])
def test_the_transform_is_that_of_scipy_and_comes_back(exponent):
    values = np.linspace(-20, 20, 41)
    transformed = power_transform(values, np.asarray(exponent))
    np.testing.assert_allclose(transformed, stats.yeojohnson(values, exponent), rtol=1e-9)
    back = power_inverse(transformed, np.asarray(exponent))
    np.testing.assert_allclose(back, values, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_likeliest_exponent_is_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    block = np.stack(
        [rng.normal(size=800), np.exp(rng.normal(size=800)), rng.gamma(2, 3, 800) - 4], axis=1
    )
    found = fit_power(block.astype(np.float32)).exponent
    for j, exponent in enumerate(found):
        assert exponent == pytest.approx(stats.yeojohnson_normmax(block[:, j]), abs=2e-3)


def test_columns_that_a_power_would_flatten_are_left_alone():
    rng = np.random.default_rng(0)
    years = rng.integers(1990, 2020, 500)
    power = fit_power(np.stack([years, np.full(500, 3.0)], axis=1).astype(np.float32))
    assert len(np.unique(power.apply(years.astype(np.float32)[:, None].repeat(2, 1))[:, 0])) == 30
    assert power.exponent[1] == 1


@settings(max_examples=20)
@given(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=2, max_size=20)
)
def test_the_graph_agrees_on_any_number(values):
    block = np.array(values, dtype=np.float32)[:, None]
    power = fit_power(block)
    exported = run_scores(block, power.graph)
    np.testing.assert_allclose(exported, power.apply(block), rtol=1e-6, atol=1e-6)

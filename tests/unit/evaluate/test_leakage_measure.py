"""The measures that the leakage checks rest on agree with other ways to compute them."""

import numpy as np
import pytest
from scipy.stats import chatterjeexi
from sklearn.metrics import roc_auc_score

from keel.evaluate.leakage.bins import one_column, read_codes
from keel.evaluate.leakage.linear import exact_sums, pair_fit, whole_ratios
from keel.evaluate.leakage.target import Target, judge
from keel.evaluate.leakage.xi import chatterjee_xi

GENERATOR = np.random.default_rng(6)


def _classes(codes: np.ndarray, classes: int) -> Target:
    return Target(classes, codes, np.zeros(len(codes)), None)


def test_the_area_of_two_classes_is_that_of_scikit_learn() -> None:
    codes = GENERATOR.integers(0, 2, 300)
    score = np.round(codes + GENERATOR.normal(0, 1, 300), 1)
    value, shares = judge(_classes(codes, 2), np.column_stack([-score, score]))
    assert value == pytest.approx(roc_auc_score(codes, score))
    assert shares.mean() == pytest.approx(0, abs=1e-12)


def test_the_variance_of_an_area_is_delongs() -> None:
    """DeLong, DeLong, Clarke-Pearson (1988), from the pairwise kernel as they define it."""
    codes = GENERATOR.integers(0, 2, 200)
    score = codes + GENERATOR.normal(0, 1, 200)
    hit, miss = score[codes == 1], score[codes == 0]
    kernel = (hit[:, None] > miss) + 0.5 * (hit[:, None] == miss)
    delong = kernel.mean(axis=1).var() / len(hit) + kernel.mean(axis=0).var() / len(miss)
    _, shares = judge(_classes(codes, 2), np.column_stack([-score, score]))
    assert shares.var() / len(shares) == pytest.approx(delong)


def test_the_area_of_several_classes_is_the_mean_over_them() -> None:
    codes = GENERATOR.integers(0, 3, 300)
    scores = np.eye(3)[codes] + GENERATOR.normal(0, 1, (300, 3))
    value, _ = judge(_classes(codes, 3), scores)
    alone = [roc_auc_score(codes == code, scores[:, code]) for code in range(3)]
    assert value == pytest.approx(np.mean(alone))


def test_one_column_is_scored_as_its_predictions_are() -> None:
    codes = GENERATOR.integers(0, 2, 500)
    values = codes + GENERATOR.normal(0, 1, 500)
    values[::7] = np.nan
    fold = GENERATOR.integers(0, 3, 500)
    target = _classes(codes, 2)
    model = one_column(*read_codes(values, category=False), fold, target)
    assert model.score == pytest.approx(judge(target, model.predict(fold))[0])


def test_bins_keep_missing_apart_and_the_order_of_numbers() -> None:
    values = np.append(GENERATOR.normal(size=5000), [np.nan, np.nan])
    codes, distinct = read_codes(values, category=False)
    assert distinct == 5000
    assert (codes[-2:] == 0).all()
    assert (np.diff(codes[np.argsort(values[:-2])].astype(int)) >= 0).all()
    assert codes.max() < 64


def test_xi_of_a_function_is_one_and_of_noise_near_zero() -> None:
    """Chatterjee (2021): xi of a strictly monotone pair is (n - 2) / (n + 1), here divided out."""
    x = np.arange(500.0)
    assert chatterjee_xi(x, x**3, 0) == pytest.approx(1)
    assert chatterjee_xi(x, -x, 0) == pytest.approx(1)
    assert abs(chatterjee_xi(x, GENERATOR.normal(size=500), 0)) < 0.1


def test_xi_without_its_divisor_is_scipys() -> None:
    x = GENERATOR.normal(size=300)
    y = np.round(x**2 + GENERATOR.normal(0, 0.3, 300), 1)
    plain = chatterjeexi(x, y).statistic
    assert chatterjee_xi(x, y, 0) == pytest.approx(plain * 301 / 298)


def test_a_pair_leaves_over_what_least_squares_leaves_over() -> None:
    columns = GENERATOR.normal(size=(120, 5))
    columns[GENERATOR.random((120, 5)) < 0.2] = np.nan
    label = np.nan_to_num(columns[:, 0]) + GENERATOR.normal(size=120)
    left_over = pair_fit(columns, label)
    for i, j in ((0, 1), (2, 4)):
        known = ~np.isnan(columns[:, [i, j]]).any(axis=1)
        design = np.column_stack([np.ones(known.sum()), columns[known][:, [i, j]]])
        y = label[known]
        rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        assert left_over[i, j] == pytest.approx(rest.var() / y.var())


def test_a_sum_is_found_among_columns_that_explain_the_label_better_one_by_one() -> None:
    label = GENERATOR.normal(size=400)
    near = label[:, None] + GENERATOR.normal(0, 0.3, (400, 12))
    parts = GENERATOR.normal(0, 3, (400, 3))
    columns = np.column_stack([near, parts, label - parts.sum(axis=1)])
    (found,) = exact_sums(columns, label, 0)
    assert found.places == (12, 13, 14, 15)
    assert found.weights == pytest.approx((1, 1, 1, 1))


@pytest.mark.parametrize(
    ("weights", "whole"),
    [((1.0, -1.0, 1.0), True), ((0.2, 0.3, 0.5), True), ((31.7, 88.13, 5.91, 47.3), False)],
)
def test_weights_of_a_formula_are_told_from_arbitrary_ones(
    weights: tuple[float, ...], whole: bool
) -> None:
    assert whole_ratios(weights) is whole

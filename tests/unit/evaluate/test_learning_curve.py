"""Learning curves: the verdicts and what makes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.evaluate.learning_curve import (
    LearningCurve,
    LearningOutcome,
    LearningVerdict,
    judge_learning,
    learning_curve,
)

SIZES = (1000, 2000, 4000, 8000)


def judge(
    train: tuple[float, ...],
    validation: tuple[float, ...],
    error: float = 0.005,
    direction: str = "higher",
    baseline: float = 0.5,
    perfect: float | None = 1.0,
) -> LearningVerdict:
    return judge_learning(
        LearningCurve(SIZES, train, validation),
        direction=direction,  # type: ignore[arg-type]
        baseline=baseline,
        standard_errors=[error] * len(SIZES),
        perfect=perfect,
    )


def test_a_score_on_unseen_rows_that_still_rises_asks_for_more_data() -> None:
    verdict = judge((0.99, 0.97, 0.95, 0.93), (0.70, 0.76, 0.81, 0.85))
    assert verdict.outcome is LearningOutcome.MORE_DATA
    assert "Doubling the rows to 8,000" in verdict.reason
    assert "0.04" in verdict.reason
    assert "room to close" in verdict.reason


def test_a_wide_gap_that_stays_is_over_fitting() -> None:
    verdict = judge((1.0, 1.0, 1.0, 0.99), (0.70, 0.71, 0.70, 0.71))
    assert verdict.outcome is LearningOutcome.OVER_FITTED
    assert "43%" in verdict.reason


def test_no_better_than_the_baseline_even_on_fitted_rows_is_under_fitting() -> None:
    verdict = judge((0.52, 0.51, 0.505, 0.504), (0.49, 0.5, 0.5, 0.501))
    assert verdict.outcome is LearningOutcome.UNDER_FITTED


def test_a_flat_low_pair_of_lines_is_under_fitting_if_a_perfect_score_is_known() -> None:
    lines = (0.55, 0.545, 0.541, 0.54), (0.536, 0.537, 0.538, 0.537)
    assert judge(*lines).outcome is LearningOutcome.UNDER_FITTED
    assert judge(*lines, perfect=None).outcome is LearningOutcome.AS_GOOD


def test_two_flat_lines_close_together_are_as_good_as_it_gets() -> None:
    verdict = judge((0.88, 0.87, 0.865, 0.863), (0.84, 0.852, 0.856, 0.857))
    assert verdict.outcome is LearningOutcome.AS_GOOD


def test_a_rise_within_the_noise_is_no_reason_for_more_data() -> None:
    lines = (0.9, 0.9, 0.9, 0.9), (0.84, 0.85, 0.85, 0.86)
    assert judge(*lines, error=0.02).outcome is LearningOutcome.AS_GOOD
    assert judge(*lines, error=0.002).outcome is LearningOutcome.MORE_DATA


def test_a_model_worse_than_the_baseline_on_unseen_rows_is_over_fitted_and_keeps_nothing() -> None:
    verdict = judge((0.9, 0.9, 0.9, 0.9), (0.45, 0.44, 0.45, 0.45))
    assert verdict.outcome is LearningOutcome.OVER_FITTED
    assert "0%" in verdict.reason


@given(
    train=st.tuples(*[st.floats(0, 1)] * 4),
    validation=st.tuples(*[st.floats(0, 1)] * 4),
    error=st.floats(0, 0.2),
)
def test_an_error_is_judged_as_the_score_it_mirrors(
    train: tuple[float, ...], validation: tuple[float, ...], error: float
) -> None:
    mirrored = judge(
        tuple(-value for value in train),
        tuple(-value for value in validation),
        error,
        direction="lower",
        baseline=-0.5,
        perfect=-1.0,
    )
    assert mirrored == judge(train, validation, error)


def test_one_size_says_nothing() -> None:
    curve = LearningCurve((500,), (0.9,), (0.8,))
    verdict = judge_learning(curve, direction="higher", baseline=0.5, standard_errors=[0.1])
    assert verdict.outcome is LearningOutcome.UNKNOWN


def test_an_error_is_needed_for_every_size() -> None:
    with pytest.raises(ValueError, match="one score and error per size"):
        judge((0.9, 0.9, 0.9, 0.9), (0.8, 0.8, 0.8))


def test_every_size_is_fitted_once_in_rising_order() -> None:
    asked: list[int] = []

    def fit_and_score(size: int) -> tuple[float, float]:
        asked.append(size)
        return 1.0, float("nan") if size == 200 else size / 1000

    curve = learning_curve(fit_and_score, [400, 100, 200, 400])
    assert asked == [100, 200, 400]
    assert curve == LearningCurve((100, 400), (1.0, 1.0), (0.1, 0.4))


def test_without_time_left_the_curve_ends_early_but_not_empty() -> None:
    curve = learning_curve(lambda size: (1.0, size / 10), [1, 2, 3], has_time=lambda: False)
    assert curve.sizes == (1,)

"""Figures of whole histories are those of the plainest Python, whatever happened in them."""

import pytest
from hypothesis import given, settings

from feature_agreement import check
from feature_histories import TABLE, History, histories
from keel.features.figure import AS_OF
from keel.features.offline import find_figures
from keel.spec.aggregate import NAMES

CASES = 1_000


@pytest.mark.parametrize("name", [*NAMES, AS_OF])
def test_figures_of_any_history_are_those_of_the_oracle(name: str) -> None:
    @settings(max_examples=CASES, derandomize=True)
    @given(histories(name))
    def judge(history: History) -> None:
        check(find_figures(history.figures, {TABLE: history.events}, history.rows), history)

    judge()


@settings(max_examples=CASES, derandomize=True)
@given(histories(*NAMES, AS_OF))
def test_figures_do_not_disturb_each_other(history: History) -> None:
    check(find_figures(history.figures, {TABLE: history.events}, history.rows), history)

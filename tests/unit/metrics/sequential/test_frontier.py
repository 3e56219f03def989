"""Where a condition that falls from true to false does so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.metrics.sequential.frontier import frontier


@given(st.floats(-5, 9))
def test_the_last_number_for_which_it_holds_is_found(last):
    assert frontier(lambda points: points <= last, -5, 9) == pytest.approx(last, abs=1e-9)


def test_the_ends_are_where_it_always_or_never_holds():
    assert frontier(lambda points: points > 9, 0, 1) == 0
    assert frontier(lambda points: points < 9, 0, 1) == pytest.approx(1)

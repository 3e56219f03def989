from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from keel.releases.assign import assign, place
from keel.releases.release import Arm

UNITS = [f"customer {i}" for i in range(20_000)]


def canary(share: float) -> tuple[Arm, ...]:
    return (Arm("challenger", 2, share), Arm("champion", 1, 1 - share))


def test_places_are_uniform() -> None:
    places = np.array([place("0123abcd", unit) for unit in UNITS])
    assert kstest(places, "uniform").pvalue > 0.001


def test_a_unit_has_the_same_place_on_every_machine() -> None:
    # BLAKE2b with a key, 8 bytes, read as a big-endian number: RFC 7693.
    assert place("salt", "7") == 0.7177708767544069


def test_releases_are_independent_of_each_other() -> None:
    both = Counter(
        (assign("a", unit, canary(0.5)).name, assign("b", unit, canary(0.5)).name) for unit in UNITS
    )
    assert chisquare(list(both.values())).pvalue > 0.001


@given(
    unit=st.text(), salt=st.text(min_size=1, max_size=8), shares=st.tuples(*[st.floats(0, 1)] * 2)
)
def test_units_of_the_challenger_stay_there_when_its_share_rises(
    unit: str, salt: str, shares: tuple[float, float]
) -> None:
    low, high = sorted(shares)
    if assign(salt, unit, canary(low)).name == "challenger":
        assert assign(salt, unit, canary(high)).name == "challenger"


def test_arms_get_their_shares() -> None:
    arms = (Arm("x", 1, 0.2), Arm("y", 2, 0.3), Arm("z", 3, 0.5))
    counts = Counter(assign("s", unit, arms).name for unit in UNITS)
    expected = [0.2 * len(UNITS), 0.3 * len(UNITS), 0.5 * len(UNITS)]
    assert chisquare([counts[name] for name in "xyz"], expected).pvalue > 0.001

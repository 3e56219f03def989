"""Whether an engine's figures are what the oracle says."""

import math
from collections.abc import Mapping, Sequence

import polars as pl

from feature_histories import History
from feature_oracle import SKETCHED, Value, find_figures
from keel.features.figure import Figure
from keel.spec.kinds import Kind

DIGITS = 1e-9
"""Relative: what sums, means and spreads of numbers that are not whole may be off."""
APPROXIMATE = ("quantile", "approx_distinct_count")
ACCURACY = 0.01
"""Relative: what quantiles may be off."""
STANDARD_ERROR = 0.016
"""Relative: that of approximate distinct counts; five of them are never seen. Of a few values two
may share a register, however unlikely: a step of 1."""


def check(found: Mapping[str, pl.Series], history: History) -> None:
    """Every column is there, for every row, of the right type and with the right values; those of
    sketches are also the ones that a sketch of the bare set of values has."""
    asked = (history.figures, history.events, history.rows)
    check_values(found, find_figures(*asked), history)
    if any(figure.name in APPROXIMATE for figure in history.figures):
        sketched = find_figures(*asked, SKETCHED)
        for figure in history.figures:
            if figure.name in APPROXIMATE:
                assert found[figure.text].to_list() == sketched[figure.text], (figure, history)


def check_values(
    found: Mapping[str, pl.Series], wanted: Mapping[str, Sequence[Value]], history: History
) -> None:
    """Every column is what an oracle says."""
    assert set(found) == set(wanted)
    for figure in history.figures:
        dtype = pl.Float64 if figure.result is Kind.NUMBER else pl.String
        for column in figure.columns:
            assert found[column].dtype == dtype, (figure, history)
            ours = found[column].to_list()
            assert len(ours) == len(wanted[column]), (figure, history)
            for row, (one, other) in enumerate(zip(ours, wanted[column], strict=True)):
                # Told only when it fails: telling takes longer than all else.
                if not same(figure, one, other):
                    told = f"row {row}: {one!r}, the oracle says {other!r}\n{figure}{history}"
                    raise AssertionError(told)


def same(figure: Figure, ours: Value, wanted: Value) -> bool:
    """Whether a figure has this value, as exactly as is promised of it."""
    if ours is None or wanted is None or isinstance(wanted, str):
        return ours == wanted
    assert isinstance(ours, float)
    if figure.name == "quantile":
        return abs(ours - wanted) <= (ACCURACY + 1e-12) * abs(wanted)
    if figure.name == "approx_distinct_count":
        return abs(ours - wanted) <= 1 + 5 * STANDARD_ERROR * wanted
    whole = figure.name == "sum" and wanted.is_integer() and abs(wanted) < 2**53
    if figure.name in ("sum", "mean", "std", "var", "since_last") and not whole:
        return math.isclose(ours, wanted, rel_tol=DIGITS)
    return ours == wanted

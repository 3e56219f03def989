import numpy as np
import polars as pl

from keel.monitor.label_selection import label_selection


def selected(shares: dict[str, tuple[int, int]]) -> str | None:
    """By action, how many cases have a label, of how many."""
    acted = [action for action, (_, cases) in shares.items() for _ in range(cases)]
    known = [i < labels for labels, cases in shares.values() for i in range(cases)]
    return label_selection(pl.Series(acted), np.array(known), np.ones(len(acted), dtype=bool))


def test_labels_that_come_for_every_action_alike_are_not_selected() -> None:
    assert selected({"block": (40, 50), "pass": (410, 500)}) is None


def test_a_small_difference_is_not_selection_however_sure_it_is() -> None:
    assert selected({"block": (9_300, 10_000), "pass": (9_900, 10_000)}) is None


def test_an_action_without_labels_selects_them() -> None:
    said = selected({"block": (0, 40), "pass": (380, 400), "review": (5, 6)})
    assert said == "0% of the 40 answers 'block' have a label, and 95% of the 400 answers 'pass'"


def test_few_cases_of_an_action_tell_nothing() -> None:
    assert selected({"block": (0, 10), "pass": (400, 400)}) is None
    assert label_selection(None, np.array([True]), np.array([True])) is None

"""Figures that compare groups."""

import numpy as np
import pytest

from keel.metrics.bootstrap import estimate, estimates, point
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_measure


def grouped(cells):
    """cells: (group, label, decision, how many)."""
    group, label, decision = (
        np.concatenate([np.repeat(cell[i], cell[3]) for cell in cells]) for i in range(3)
    )
    output = np.full((len(label), 2), 0.5)
    return Evidence(
        TaskName.CLASSIFY,
        output,
        label.astype(np.int64),
        "made up",
        ("no", "yes"),
        decision=decision.astype(np.int64),
        groups={"sex": group.astype(str)},
    )


# Women: 20 of 100 flagged, recall 15/25, false positive rate 5/75. Men: 50 of 200 flagged,
# recall 40/50, false positive rate 10/150.
CELLS = [
    ("f", 1, 1, 15),
    ("f", 1, 0, 10),
    ("f", 0, 1, 5),
    ("f", 0, 0, 70),
    ("m", 1, 1, 40),
    ("m", 1, 0, 10),
    ("m", 0, 1, 10),
    ("m", 0, 0, 140),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("demographic_parity_ratio by sex", 0.20 / 0.25),
        ("demographic_parity_difference by sex", 0.05),
        ("equal_opportunity_difference by sex", 0.2),
        ("equalized_odds_difference by sex", 0.2),
        ("recall by sex", 0.6),
        ("false_positive_rate by sex", 5 / 75),
        ("selection_rate by sex", 0.25),
    ],
)
def test_groups_are_compared_as_defined(text, expected):
    evidence = grouped(CELLS)
    figure = estimate(parse_measure(text), evidence, replicates=200)
    assert point(parse_measure(text), evidence) == pytest.approx(expected)
    assert figure.value == pytest.approx(expected)
    assert figure.low < expected < figure.high


def test_the_worst_group_is_judged_with_its_own_cases():
    figure = estimate(parse_measure("recall by sex"), grouped(CELLS))
    assert figure.n == 25


def test_groups_too_small_to_judge_are_left_out():
    evidence = grouped([*CELLS, ("x", 1, 0, 19)])
    assert point(parse_measure("recall by sex"), evidence) == pytest.approx(0.6)
    assert point(parse_measure("demographic_parity_ratio by sex"), evidence) == pytest.approx(0.8)


def test_one_group_cannot_be_compared():
    evidence = grouped(CELLS[:4])
    assert np.isnan(estimate(parse_measure("demographic_parity_ratio by sex"), evidence).value)
    assert point(parse_measure("recall by sex"), evidence) == pytest.approx(0.6)


def test_a_group_of_which_nobody_is_flagged_has_a_ratio_of_zero():
    evidence = grouped([("f", 0, 0, 60), ("f", 1, 0, 40), *CELLS[4:]])
    figure = estimate(parse_measure("demographic_parity_ratio by sex"), evidence)
    assert figure.value == figure.low == 0
    assert 0 < figure.high < 0.4


def test_nobody_flagged_anywhere_has_no_ratio():
    evidence = grouped([("f", 0, 0, 60), ("m", 1, 0, 40)])
    assert np.isnan(point(parse_measure("demographic_parity_ratio by sex"), evidence))


def test_equal_groups_are_not_found_unequal():
    # The largest of several noisy differences is never 0; its interval must reach the truth.
    texts = ("demographic_parity_ratio", "demographic_parity_difference")
    measures = [parse_measure(f"{text} by sex") for text in texts]
    missed = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        decision = (random.random(400) < 0.4).astype(np.int64)
        evidence = Evidence(
            TaskName.CLASSIFY,
            np.full((400, 2), 0.5),
            random.integers(0, 2, 400),
            "made up",
            ("no", "yes"),
            decision=decision,
            groups={"sex": random.choice(["a", "b", "c", "d"], 400)},
        )
        ratio, difference = estimates(measures, evidence)
        missed += ratio.high < 1 or difference.low > 0
    assert missed <= 6


def test_clustered_groups_are_compared_by_clusters():
    evidence = grouped([(g, y, d, n * 4) for g, y, d, n in CELLS])
    order = np.random.default_rng(0).permutation(len(evidence))
    shuffled = evidence.take(order)
    clustered = Evidence(**{**shuffled.__dict__, "cluster": np.arange(len(order)) // 8})
    measure = parse_measure("demographic_parity_difference by sex")
    figure = estimate(measure, clustered, replicates=200)
    assert figure.low < 0.05 < figure.high


def test_of_many_classes_the_one_with_the_largest_gap_counts():
    label = np.zeros(120, dtype=np.int64)
    decision = np.concatenate([np.repeat([0, 1, 2], 20), np.repeat([0, 0, 2], 20)])
    evidence = Evidence(
        TaskName.CLASSIFY,
        np.full((120, 3), 1 / 3),
        label,
        "made up",
        ("a", "b", "c"),
        decision=decision,
        groups={"g": np.repeat(["x", "y"], 60)},
    )
    parity = parse_measure("demographic_parity_difference by g")
    of_c = parse_measure("demographic_parity_difference for c by g")
    assert point(parity, evidence) == pytest.approx(1 / 3)
    assert estimate(parity, evidence).value == pytest.approx(1 / 3)
    assert estimate(of_c, evidence).value == 0

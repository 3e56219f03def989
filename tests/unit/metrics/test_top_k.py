"""The k highest scores, over all cases and day by day."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.metrics.bootstrap import estimate, point
from keel.metrics.evidence import Evidence
from keel.metrics.obstacle import obstacle
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_measure

DAY = np.timedelta64(1, "D")
START = np.datetime64("2024-03-01T12:00:00", "us")


def evidence(label, score, day=None):
    score = np.asarray(score, dtype=np.float64)
    time = None if day is None else START + np.asarray(day) * DAY
    output = np.stack([1 - score, score], axis=1)
    return Evidence(
        TaskName.CLASSIFY, output, np.asarray(label), "made up", ("no", "yes"), time=time
    )


def value(text, cases):
    return point(parse_measure(text), cases)


def test_precision_recall_and_lift_among_the_highest():
    cases = evidence([1, 0, 1, 1, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
    assert value("precision at 2", cases) == 0.5
    assert value("precision at 4", cases) == 0.75
    assert value("recall at 3", cases) == pytest.approx(2 / 3)
    assert value("lift at 4", cases) == 2.0
    assert value("lift at 0.5", cases) == 2.0


def test_more_than_all_cases_is_all_cases():
    cases = evidence([1, 0, 0, 1], [0.9, 0.8, 0.7, 0.6])
    assert value("precision at 100", cases) == 0.5
    assert value("recall at 100", cases) == 1.0


def test_ties_at_the_border_count_in_proportion():
    cases = evidence([1, 1, 0, 0, 0], [0.9, 0.5, 0.5, 0.5, 0.5])
    assert value("precision at 3", cases) == pytest.approx((1 + 2 * 0.25) / 3)


def test_precision_per_day_is_the_mean_over_days():
    label = [1, 1, 0, 0, 1, 0, 0, 0]
    score = [0.9, 0.8, 0.7, 0.1, 0.2, 0.9, 0.8, 0.1]
    cases = evidence(label, score, [0, 0, 0, 0, 1, 1, 1, 1])
    assert value("precision at 2 per day", cases) == pytest.approx((1.0 + 0.0) / 2)
    assert value("precision at 3 per day", cases) == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert value("recall at 2 per day", cases) == pytest.approx(2 / 3)


def test_a_day_with_fewer_cases_than_k_is_taken_whole():
    cases = evidence([1, 0, 1], [0.9, 0.8, 0.7], [0, 0, 4])
    assert value("precision at 10 per day", cases) == pytest.approx((0.5 + 1.0) / 2)


def test_ties_within_a_day_count_in_proportion():
    cases = evidence([1, 0, 0, 0], [0.5] * 4, [0] * 4)
    assert value("precision at 2 per day", cases) == pytest.approx(0.25)


def test_days_are_what_is_resampled():
    random = np.random.default_rng(0)
    day = np.repeat(np.arange(12), 50)
    label = (random.random(600) < 0.1 + 0.5 * (day % 2)).astype(int)
    cases = evidence(label, random.random(600), day)
    daily = estimate(parse_measure("precision at 10 per day"), cases, replicates=400)
    # Good and bad days alternate, which single cases would average out.
    assert daily.high - daily.low > 0.2
    assert daily.low < daily.value < daily.high


def test_without_a_time_there_is_no_figure_per_day():
    assert np.isnan(value("precision at 2 per day", evidence([1, 0], [0.9, 0.1])))


def with_cards(label, score, day, cards):
    return replace(evidence(label, score, day), units={"card": np.array(cards)})


def test_cards_are_counted_once_a_day_and_found_ones_are_not_asked_again():
    cards = with_cards(
        label=[1, 0, 0, 0, 1, 1, 0],
        score=[0.5, 0.9, 0.8, 0.7, 0.9, 0.8, 0.1],
        day=[0, 0, 0, 0, 1, 1, 1],
        cards=["a", "a", "b", "c", "a", "d", "e"],
    )
    # Day 0: a (by its 0.9) and b, a is found. Day 1: d and e, for a is known.
    assert value("precision at 2 per day of card", cards) == pytest.approx((0.5 + 0.5) / 2)
    assert value("precision at 1 per day of card", cards) == pytest.approx((1.0 + 1.0) / 2)
    assert value("precision at 3 per day of card", cards) == pytest.approx((1 / 3 + 1 / 2) / 2)


def test_cases_without_a_card_are_cards_of_their_own():
    cards = with_cards([1, 1, 0], [0.9, 0.8, 0.7], [0, 0, 1], ["", "", ""])
    assert value("precision at 2 per day of card", cards) == pytest.approx(1.0 / 2)


@given(st.integers(0, 10_000), st.integers(1, 8))
def test_cards_are_those_of_the_handbook(seed, k):
    draw = np.random.default_rng(seed)
    n = 60
    day, card = draw.integers(0, 4, n), draw.integers(0, 12, n)
    label, score = (draw.random(n) < 0.3).astype(np.int64), draw.permutation(n) / n
    found, shares = set(), []
    for today in sorted(set(day)):
        highest, fraud = {}, set()
        for i in np.flatnonzero(day == today):
            if card[i] not in found:
                highest[card[i]] = max(score[i], highest.get(card[i], -1.0))
                fraud |= {card[i]} if label[i] else set()
        asked = sorted(highest, key=highest.get, reverse=True)[:k]
        shares.append(len(fraud & set(asked)) / max(1, len(asked)))
        found |= fraud & set(asked)
    cards = with_cards(label, score, day, card.astype(str))
    got = value(f"precision at {k} per day of card", cards)
    assert got == pytest.approx(np.mean(shares))


def test_whole_days_are_drawn_for_the_interval_of_cards():
    draw = np.random.default_rng(0)
    label, score = (draw.random(600) < 0.3).astype(np.int64), draw.random(600)
    cards = with_cards(label, score, np.arange(600) // 30, draw.integers(0, 300, 600).astype(str))
    found = estimate(parse_measure("precision at 5 per day of card"), cards, seed=1)
    assert found.low < found.value < found.high


def test_evidence_that_does_not_say_its_cards_is_told():
    measure = parse_measure("precision at 2 per day of card")
    assert str(measure) == "precision at 2 per day of card"
    reason = obstacle(measure, evidence([1, 0], [0.9, 0.1], [0, 0]))
    assert reason == "the cases do not say their card"

"""Slices in which a version is worse."""

import numpy as np
import polars as pl
import pytest

from keel.data.table import Column
from keel.evaluate.slices import benjamini_hochberg, find_slices
from keel.metrics.bootstrap import point
from keel.metrics.evidence import Evidence
from keel.spec.kinds import Kind, TaskName
from keel.spec.promise import Measure, parse_measure

COLUMNS = (
    Column("city", Kind.CATEGORY),
    Column("age", Kind.NUMBER),
    Column("member", Kind.BOOLEAN),
)


def made(seed=0, n=4000, harm=0.0):
    """Scores are `harm` times blurred for people in Rome."""
    random = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "city": random.choice(["Rome", "Oslo", "Lima", "Bonn"], n),
            "age": random.normal(40, 12, n).round(),
            "member": random.random(n) < 0.5,
        }
    )
    label = (random.random(n) < 0.4).astype(np.int64)
    spread = np.where(frame["city"].to_numpy() == "Rome", 1 + harm, 1.0)
    score = 1 / (1 + np.exp(-(2 * label - 1 + spread * random.normal(size=n))))
    output = np.stack([1 - score, score], axis=1)
    return Evidence(TaskName.CLASSIFY, output, label, "made up", ("no", "yes")), frame


@pytest.mark.parametrize("text", ["roc_auc", "log_loss", "average_precision", "accuracy", "f1"])
def test_the_harmed_slice_comes_first(text):
    evidence, frame = made(harm=3.0)
    facts = find_slices(parse_measure(text), evidence, COLUMNS, frame)
    worst = facts.slices[0]
    assert (worst.column, worst.value) == ("city", "Rome")
    assert worst.significant
    rome = evidence.take(frame["city"].to_numpy() == "Rome")
    assert worst.estimate.value == point(parse_measure(text), rome)
    assert worst.estimate.low < worst.estimate.value < worst.estimate.high
    assert worst.n == len(rome)


def test_looking_often_finds_nothing_where_nothing_is():
    accused = looks = 0
    for seed in range(25):
        evidence, frame = made(seed, n=1500)
        facts = find_slices(Measure("log_loss"), evidence, COLUMNS, frame, most=100)
        accused += sum(fact.significant for fact in facts.slices)
        looks += facts.looks
    assert looks >= 25 * 15
    assert accused <= 3


def test_small_slices_are_not_looked_at():
    evidence, frame = made(n=400)
    facts = find_slices(Measure("accuracy"), evidence, COLUMNS, frame, min_size=90, most=100)
    assert all(fact.n >= 90 for fact in facts.slices)
    assert facts.looks == len(facts.slices)


def test_a_perfect_small_slice_is_no_certainty():
    evidence, frame = made(n=600)
    city = frame["city"].to_numpy().copy()
    city[:60] = "Pisa"
    decision = np.where(np.arange(600) < 60, evidence.label, evidence.output.argmax(axis=1))
    perfect = Evidence(**{**evidence.__dict__, "decision": decision})
    facts = find_slices(
        Measure("accuracy"), perfect, COLUMNS[:1], pl.DataFrame({"city": city}), most=100
    )
    pisa = next(fact for fact in facts.slices if fact.value == "Pisa")
    assert pisa.estimate.value == 1.0
    assert pisa.estimate.low < 1.0


def test_columns_that_say_the_same_count_once():
    evidence, frame = made(n=1000)
    twice = frame.select("city", code=pl.col("city").str.slice(0, 2))
    columns = (Column("city", Kind.CATEGORY), Column("code", Kind.CATEGORY))
    facts = find_slices(Measure("accuracy"), evidence, columns, twice)
    assert facts.looks == 4
    assert {fact.column for fact in facts.slices} == {"city"}


def test_groups_of_the_evidence_are_slices_too():
    evidence, frame = made(n=1000)
    grouped = Evidence(**{**evidence.__dict__, "groups": {"sex": np.array(["f", "m"] * 500)}})
    facts = find_slices(Measure("accuracy"), grouped, COLUMNS[:1], frame.select("city"), most=9)
    assert {fact.value for fact in facts.slices if fact.column == "sex"} == {"f", "m"}


def test_slices_of_a_regression_work_alike():
    random = np.random.default_rng(0)
    group = random.choice(["a", "b", "c"], 1500)
    error = random.normal(size=1500) * np.where(group == "b", 2.0, 1.0)
    evidence = Evidence(TaskName.REGRESS, error, np.zeros(1500), "made up")
    columns = (Column("g", Kind.CATEGORY),)
    facts = find_slices(Measure("rmse"), evidence, columns, pl.DataFrame({"g": group}))
    assert facts.slices[0].value == "b"
    assert facts.slices[0].significant
    assert facts.better == "lower"


def test_a_measure_by_groups_is_not_sliced():
    evidence, frame = made(n=100)
    with pytest.raises(ValueError, match="cannot be sliced"):
        find_slices(parse_measure("recall by sex"), evidence, COLUMNS, frame)


def test_corrected_p_values_are_those_of_the_paper():
    # Benjamini and Hochberg 1995, the fifteen p-values of the study of myocardial infarction:
    # four are rejected at 0.05.
    p = np.array([1, 4, 19, 95, 201, 278, 298, 344, 459, 3240, 4262, 5719, 6528, 7590, 1e4]) / 1e4
    corrected = benjamini_hochberg(p)
    assert (corrected <= 0.05).sum() == 4
    assert corrected[3] == pytest.approx(0.0095 * 15 / 4)
    assert benjamini_hochberg(np.zeros(0)).tolist() == []

"""The kind of a column from its values."""

from datetime import datetime

import polars as pl
import pytest

from keel.data.kinds import infer_kind, infer_label_kind
from keel.data.survey import ColumnFacts, Survey
from keel.spec.kinds import Kind

SENTENCE = "the quick brown fox number {} jumps over the lazy dog"


def facts_of(*chunks: list[object], label: bool = False) -> ColumnFacts:
    survey = Survey(["x"], keys=True, label="x" if label else None)
    for values in chunks:
        survey.add(pl.DataFrame({"x": pl.Series(values)}))
    return survey.facts["x"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "30"], Kind.NUMBER),
        ([1, 2, 3], Kind.NUMBER),
        (["1.5", " ", "?", "2"], Kind.NUMBER),
        (["0", "1", "1"], Kind.BOOLEAN),
        ([0, 1, 1], Kind.BOOLEAN),
        (["1", "1"], Kind.NUMBER),
        ([0, 0], Kind.NUMBER),
        ([1, 2, 1], Kind.NUMBER),
        (["yes", "No", "no"], Kind.BOOLEAN),
        (["yes", "yes"], Kind.CATEGORY),
        (["yes", "no", "unknown"], Kind.CATEGORY),
        (["yes", "false"], Kind.CATEGORY),
        ([True, False], Kind.BOOLEAN),
        (["A11", "A12"], Kind.CATEGORY),
        (["00501", "10001"], Kind.CATEGORY),
        (["01", "02", "12"], Kind.NUMBER),
        (["2020-01-01", "2020-01-02"], Kind.TIME),
        (["13/01/2020", "2/1/2020"], Kind.TIME),
        ([datetime(2020, 1, 1)], Kind.TIME),
        ([SENTENCE.format(i) for i in range(40)], Kind.TEXT),
        ([SENTENCE.format(i % 2) for i in range(40)], Kind.CATEGORY),
        ([f"user-{i}" for i in range(40)], Kind.CATEGORY),
        ([None, None], Kind.CATEGORY),
        (["", "?"], Kind.CATEGORY),
    ],
)
def test_the_kind_is_what_a_person_would_say(values: list[object], kind: Kind) -> None:
    assert infer_kind(facts_of(values)).kind is kind


def test_lists_of_texts_are_a_sequence_whatever_their_container() -> None:
    steps = [["open", "read"], ["open"], None, []]
    assert infer_kind(facts_of(steps)).kind is Kind.SEQUENCE
    assert infer_kind(facts_of(steps, [["close"]])).kind is Kind.SEQUENCE
    assert infer_kind(facts_of([[1.0, 2.0], [3.0]])).kind is Kind.CATEGORY


def test_the_majority_wins_and_the_rest_is_counted() -> None:
    inferred = infer_kind(facts_of([str(i) for i in range(96)] + ["many"] * 4))
    assert (inferred.kind, inferred.odd) == (Kind.NUMBER, 4)
    assert infer_kind(facts_of([str(i) for i in range(90)] + ["many"] * 10)).kind is Kind.CATEGORY


def test_the_majority_is_counted_over_all_chunks() -> None:
    numbers = [str(i) for i in range(2, 200)]
    assert infer_kind(facts_of(["word"] * 2, numbers)).kind is Kind.NUMBER
    assert infer_kind(facts_of(numbers, ["word"] * 200)).kind is Kind.CATEGORY


def test_a_late_day_above_twelve_decides_between_two_readings_of_a_date() -> None:
    early, late = ["1/2/2020"] * 10, ["25/2/2020"] * 300
    inferred = infer_kind(facts_of(early, late))
    assert (inferred.kind, inferred.form) == (Kind.TIME, "day/month/year")


def test_facts_do_not_depend_on_where_chunks_end() -> None:
    values = ["1", "x", "?", "2.5", "01", "inf", None, "3"] * 5
    whole, parts = facts_of(values), facts_of(values[:7], values[7:13], values[13:])
    for name in ("rows", "missing", "numbers", "infinite", "integral", "low", "high", "values"):
        assert getattr(whole, name) == getattr(parts, name), name


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["yes", "no"], Kind.CATEGORY),
        (["0", "1"], Kind.CATEGORY),
        ([1, 2, 3] * 9, Kind.CATEGORY),
        ([True, False], Kind.BOOLEAN),
        (list(range(50)), Kind.NUMBER),
        ([0.5, 1.5], Kind.NUMBER),
        ([SENTENCE.format(i) for i in range(40)], Kind.CATEGORY),
    ],
)
def test_a_label_is_a_class_unless_there_is_something_to_regress_on(
    values: list[object], kind: Kind
) -> None:
    assert infer_label_kind(facts_of(values, label=True)).kind is kind


def test_labels_are_counted_in_the_spelling_of_the_table() -> None:
    assert facts_of(["1.0", "0.0", "1.0"], label=True).values == {"1.0": 2, "0.0": 1}
    assert facts_of([1.0, 0.0, 1.0], label=True).values == {"1": 2, "0": 1}

"""Tells the kind of a column from what it holds."""

from dataclasses import dataclass

from keel.data.moment import choose_form
from keel.data.survey import ColumnFacts
from keel.spec.kinds import Kind
from keel.spec.time_form import TimeForm

MAJORITY = 0.95
"""Share of the values that must be of one type for the column to be of it."""

MOST_LABELS = 20
"""A label of whole numbers with at most this many different ones is a class."""

TEXT_WORDS = 3.0
TEXT_CHARACTERS = 20.0
TEXT_DISTINCT_SHARE = 0.5
PROSE_WORDS = 5.0
PROSE_CHARACTERS = 50.0
PROSE_DISTINCT_SHARE = 0.1
LEAST_TEXTS = 20

LEAST_SECONDS = 1e8
"""Smaller numbers, such as years, are no moments: this is in 1973."""

PAIRS = (
    frozenset({"yes", "no"}),
    frozenset({"true", "false"}),
    frozenset({"y", "n"}),
    frozenset({"t", "f"}),
)


@dataclass(frozen=True)
class Inferred:
    """The kind of a column, how many values are not of it, how its times are written, and in what
    `other` form they might be meant."""

    kind: Kind
    odd: int = 0
    form: TimeForm | None = None
    other: TimeForm | None = None


def infer_kind(facts: ColumnFacts) -> Inferred:
    """The kind that at least `MAJORITY` of the values are of, else `category` or `text`.

    0 and 1, or a pair of words like yes and no, are a boolean only when both occur. Whole numbers
    stay numbers, being ordered, unless leading zeros show that they are codes. Long texts of
    several words, mostly different, are `text`. Lists of texts are a `sequence`. A column without
    any value is a `category`.
    """
    present = facts.present
    if not present:
        return Inferred(Kind.CATEGORY)
    if facts.lists >= MAJORITY * present:
        return Inferred(Kind.SEQUENCE)
    if facts.truths >= MAJORITY * present:
        return Inferred(Kind.BOOLEAN, present - facts.truths)
    if facts.moments >= MAJORITY * present:
        return Inferred(Kind.TIME, present - facts.moments)
    if facts.numbers >= MAJORITY * present:
        return _of_numbers(facts)
    if _is_pair(facts):
        return Inferred(Kind.BOOLEAN)
    time = infer_time(facts)
    if time.form is not None and present - time.odd >= MAJORITY * present:
        return time
    return Inferred(Kind.TEXT if _is_prose(facts) else Kind.CATEGORY)


def infer_time(facts: ColumnFacts) -> Inferred:
    """The column as a time, whatever it looks like; numbers count from 1970."""
    if facts.numbers > facts.texts and facts.low >= LEAST_SECONDS:
        return Inferred(Kind.TIME, facts.present - facts.numbers, TimeForm.SINCE_1970)
    chosen = choose_form(facts.forms)
    if chosen is None:
        return Inferred(Kind.TIME)
    odd = facts.present - facts.forms[chosen.form]
    return Inferred(Kind.TIME, odd, chosen.form, chosen.other)


def infer_label_kind(facts: ColumnFacts) -> Inferred:
    """The kind of a label: a number where there is something to regress on, else a category.

    A class keeps the spelling that people gave it, so yes and no are not made a boolean.
    """
    inferred = infer_kind(facts)
    if inferred.kind is Kind.NUMBER:
        few = facts.values is not None and len(facts.values) <= MOST_LABELS
        if facts.integral and few:
            return Inferred(Kind.CATEGORY)
        return inferred
    if inferred.kind is Kind.BOOLEAN and facts.truths:
        return inferred
    return Inferred(Kind.CATEGORY)


def _of_numbers(facts: ColumnFacts) -> Inferred:
    odd = facts.present - facts.numbers
    if facts.padded and facts.integral:
        return Inferred(Kind.CATEGORY)
    if facts.integral and facts.low == 0 and facts.high == 1 and not facts.infinite:
        return Inferred(Kind.BOOLEAN if not odd else Kind.CATEGORY)
    return Inferred(Kind.NUMBER, odd)


def _is_pair(facts: ColumnFacts) -> bool:
    if facts.values is None or facts.texts < facts.present:
        return False
    return frozenset(value.lower() for value in facts.values) in PAIRS


def _is_prose(facts: ColumnFacts) -> bool:
    if facts.texts < LEAST_TEXTS or facts.texts < MAJORITY * facts.present:
        return False
    words, characters = facts.words / facts.texts, facts.characters / facts.texts
    # Repeats across chunks are counted again, so that the share is an upper bound.
    different = facts.distinct if facts.values is None else len(facts.values)
    distinct = different / facts.texts
    if words >= PROSE_WORDS and characters >= PROSE_CHARACTERS:
        return distinct >= PROSE_DISTINCT_SHARE
    return words >= TEXT_WORDS and characters >= TEXT_CHARACTERS and distinct >= TEXT_DISTINCT_SHARE

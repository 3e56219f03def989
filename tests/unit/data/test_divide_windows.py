"""Parts of equal length, each asked of what was learned in a window before."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.data.divide import divide
from keel.data.divide_windows import divide_windows
from keel.data.examples import Examples
from keel.data.table import Column
from keel.errors import DeclarationError, TableError
from keel.spec.kinds import Kind
from keel.spec.system import System

Declare = Callable[..., System]
DAYS = 60
WEEKLY = {"test": "7d", "train": "7d", "folds": 4}


def payments(seed: int = 0, cards: int = 40, each_day: int = 20, **changes: object) -> Examples:
    """Payments at any time of sixty days, a tenth of them fraud, in no order."""
    chance = np.random.default_rng(seed)
    n = DAYS * each_day
    seconds = chance.integers(0, DAYS * 86_400, n)
    seconds[:2] = 0, DAYS * 86_400 - 1
    fields = {
        "columns": (Column("x", Kind.NUMBER),),
        "frame": pl.DataFrame({"x": chance.normal(size=n)}),
        "label": (chance.random(n) < 0.1).astype(np.int64),
        "classes": ("no", "yes"),
        "time": np.datetime64("2020-01-01", "us") + seconds * np.timedelta64(1, "s"),
        "group": chance.integers(0, cards, n),
    }
    return Examples(**(fields | changes))


def day_of(examples: Examples, rows: np.ndarray) -> np.ndarray:
    days = examples.time.astype("datetime64[D]") - np.datetime64("2020-01-01")
    return days.astype(np.int64)[rows]


def spans(examples: Examples, *parts: np.ndarray) -> list[tuple[int, int]]:
    days = [day_of(examples, rows) for rows in parts]
    return [(int(day.min()), int(day.max())) for day in days]


def test_weeks_are_asked_of_what_was_learned_in_a_week_before(declare: Declare) -> None:
    examples = payments()
    split = divide(examples, declare(split=WEEKLY, known_after="7d"), examples.label)
    assert spans(examples, split.test, split.last_fit) == [(53, 59), (39, 45)]
    found = [(*spans(examples, fold.fit), *spans(examples, fold.validate)) for fold in split.folds]
    assert found == [
        ((4, 10), (18, 24)),
        ((11, 17), (25, 31)),
        ((18, 24), (32, 38)),
        ((25, 31), (39, 45)),
    ]
    assert len(split.test) == (day_of(examples, np.arange(len(examples))) >= 53).sum()
    for rows in (
        split.last_fit,
        *(rows for fold in split.folds for rows in (fold.fit, fold.validate)),
    ):
        assert set(rows) <= set(split.train)
    assert not set(split.train) & set(split.test)
    assert "7d" in split.protocol
    assert "2020-02-23" in split.protocol


def test_without_a_window_all_that_was_known_is_learned_from(declare: Declare) -> None:
    examples = payments()
    asked = declare(split={"test": "7d", "folds": 2})
    split = divide(examples, asked, examples.label)
    assert spans(examples, split.last_fit, split.train) == [(0, 52), (0, 52)]
    assert [spans(examples, fold.fit)[0] for fold in split.folds] == [(0, 38), (0, 45)]


def test_parts_of_hours_end_with_the_last_row(declare: Declare) -> None:
    examples = payments(each_day=100)
    split = divide(examples, declare(split={"test": "12h", "folds": 1}), examples.label)
    last = examples.time.max()
    assert examples.time[split.test].min() > last - np.timedelta64(12, "h")
    assert examples.time[split.train].max() <= last - np.timedelta64(12, "h")


@given(seed=st.integers(0, 10_000))
def test_a_card_is_not_asked_from_the_day_on_which_its_fraud_is_known(seed: int) -> None:
    examples = payments(seed, cards=100)
    system = System.model_validate(
        {
            "system": "example",
            "data": {"t": {"table": "t.csv"}},
            "label": {"column": "y", "known_after": "7d"},
            "split": {**WEEKLY, "group": "card", "leave_out_known": True, "folds": 1},
        }
    )
    split = divide_windows(examples, system)
    every = np.arange(len(examples))
    day = day_of(examples, every)
    first = day[split.last_fit].min()
    expected = set()
    for row in every[day >= 53]:
        known = (examples.label == 1) & (examples.group == examples.group[row])
        known &= (day >= first) & (day < day[row] - 7)
        known &= examples.time >= examples.time[split.last_fit].min()
        if not known.any():
            expected.add(row)
    assert set(split.test) == expected


def test_rows_without_a_time_are_in_no_part(declare: Declare) -> None:
    examples = payments()
    time = examples.time.copy()
    time[5:100] = np.datetime64("NaT")
    examples = payments(time=time)
    split = divide(examples, declare(split=WEEKLY), examples.label)
    assert not set(range(5, 100)) & {*split.train, *split.test}


def test_what_cannot_be_divided_is_refused_with_the_reason(declare: Declare) -> None:
    examples = payments()
    with pytest.raises(TableError, match="parts of 40d leave 0 rows to learn from"):
        divide(examples, declare(split={"test": "40d"}, known_after="30d"), examples.label)
    with pytest.raises(DeclarationError, match="declare `time: COLUMN`"):
        divide(payments(time=None), declare(split=WEEKLY), examples.label)
    with pytest.raises(DeclarationError, match="leave `test` out"):
        divide(examples, declare(split=WEEKLY), examples.label, test_from=600)
    known = {**WEEKLY, "group": "card", "leave_out_known": True}
    three = payments(classes=("a", "b", "c"))
    with pytest.raises(DeclarationError, match="not of 3 classes"):
        divide(three, declare(split=known), examples.label)


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ({"test": "7d", "by": "random"}, "a test part of 7d is by time"),
        ({"train": "7d"}, "say how long the test part is"),
        ({"group": "card", "leave_out_known": True}, "say how long the test part is"),
        ({"test": "7d", "leave_out_known": True}, "name their column"),
        ({"test": "0d"}, "no length"),
        ({"test": 1.5}, "less than 1"),
        ({"test": "7"}, "7"),
    ],
)
def test_a_declared_split_makes_sense(declare: Declare, split: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        declare(split=split)

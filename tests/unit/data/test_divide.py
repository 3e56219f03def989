"""Dividing examples so that nothing leaks across."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from keel.data.divide import divide
from keel.data.examples import Examples
from keel.data.split import Split
from keel.data.table import Column
from keel.errors import DeclarationError, TableError
from keel.spec.kinds import Kind
from keel.spec.system import System

Declare = Callable[..., System]


def make(
    n: int = 1000,
    *,
    x: np.ndarray | None = None,
    label: np.ndarray | None = None,
    time: np.ndarray | None = None,
    group: np.ndarray | None = None,
) -> Examples:
    chance = np.random.default_rng(0)
    values = chance.normal(size=n) if x is None else x
    return Examples(
        (Column("x", Kind.NUMBER if x is None or x.dtype.kind == "f" else Kind.TEXT),),
        pl.DataFrame({"x": values}),
        (chance.random(n) < 0.1).astype(np.int64) if label is None else label,
        ("no", "yes"),
        time,
        group,
    )


def hours(count: int, step: int = 1) -> np.ndarray:
    return np.datetime64("2020-01-01", "us") + np.arange(count) * np.timedelta64(step, "h")


def assert_sound(split: Split) -> None:
    assert not set(split.train) & set(split.test)
    for fold in split.folds:
        assert not set(fold.fit) & set(fold.validate)
        assert set(fold.fit) | set(fold.validate) <= set(split.train)
        assert len(fold.fit)
        assert len(fold.validate)


def test_a_random_split_is_stratified(declare: Declare) -> None:
    examples = make()
    split = divide(examples, declare(), examples.label)
    assert_sound(split)
    assert split.by == "random"
    assert len(split.test) == 200
    assert len(split.train) + len(split.test) == 1000
    rates = [examples.label[part].mean() for part in (split.train, split.test)]
    rates += [examples.label[fold.validate].mean() for fold in split.folds]
    assert max(rates) - min(rates) < 0.011
    assert sorted(np.concatenate([f.validate for f in split.folds])) == sorted(split.train)
    assert split.clusters is None


def test_five_hundred_classes_keep_their_shares(declare: Declare) -> None:
    label = np.arange(2500) % 500
    split = divide(make(2500, label=label), declare(), label)
    assert len(split.test) == 500
    assert len(np.unique(label[split.test])) == 500


def test_a_seed_settles_the_split(declare: Declare) -> None:
    examples = make()
    one, same = (divide(examples, declare(), examples.label) for _ in range(2))
    other = divide(examples, declare(train={"seed": 8}), examples.label)
    assert np.array_equal(one.test, same.test)
    assert not np.array_equal(one.test, other.test)
    assert "seed 7" in one.protocol


def test_equal_texts_never_straddle(declare: Declare) -> None:
    chance = np.random.default_rng(1)
    texts = np.array([f"message {i}" for i in chance.integers(0, 400, 1000)])
    examples = make(x=texts)
    split = divide(examples, declare(), examples.label)
    assert_sound(split)
    assert not set(texts[split.train]) & set(texts[split.test])
    for fold in split.folds:
        assert not set(texts[fold.fit]) & set(texts[fold.validate])
    assert 150 < len(split.test) < 250
    assert split.dropped == 0


def test_coarse_columns_are_no_copies(declare: Declare) -> None:
    examples = make(x=np.arange(1000) % 4 * 1.0)
    split = divide(examples, declare(), examples.label)
    assert_sound(split)
    assert len(split.test) == 200
    assert split.dropped == 0


def test_a_split_by_time_leaves_the_gap_out(declare: Declare) -> None:
    time = hours(1000)
    shuffled = np.random.default_rng(2).permutation(1000)
    examples = make(time=time[shuffled])
    split = divide(examples, declare(known_after="24h"), examples.label)
    assert_sound(split)
    assert split.by == "time"
    assert len(split.test) == 200
    begin = examples.time[split.test].min()
    assert examples.time[split.train].max() == begin - np.timedelta64(24, "h")
    assert len(split.train) == 777
    assert "23 rows before it left out" in split.protocol
    assert len(split.folds) == 5
    for fold in split.folds:
        gap = examples.time[fold.validate].min() - examples.time[fold.fit].max()
        assert gap >= np.timedelta64(24, "h")
    starts = [examples.time[fold.validate].min() for fold in split.folds]
    assert starts == sorted(starts)


def test_equal_times_are_never_parted(declare: Declare) -> None:
    time = np.repeat(hours(50, 24), 20)
    examples = make(time=time)
    split = divide(examples, declare(), examples.label)
    assert_sound(split)
    assert examples.time[split.train].max() < examples.time[split.test].min()
    for fold in split.folds:
        assert examples.time[fold.fit].max() < examples.time[fold.validate].min()
    days = examples.time.astype("datetime64[D]").astype(np.int64)
    assert np.array_equal(split.clusters, days)


def test_rows_without_a_time_are_in_no_part(declare: Declare) -> None:
    time = hours(1000)
    time[::10] = np.datetime64("NaT")
    examples = make(time=time)
    split = divide(examples, declare(), examples.label)
    assert_sound(split)
    assert not np.isnat(time[np.concatenate([split.train, split.test])]).any()


def test_groups_stay_together(declare: Declare) -> None:
    group = np.random.default_rng(3).integers(0, 150, 1000)
    examples = make(group=group)
    split = divide(examples, declare(split={"group": "g"}), examples.label)
    assert_sound(split)
    assert split.by == "group"
    assert not set(group[split.train]) & set(group[split.test])
    for fold in split.folds:
        assert not set(group[fold.fit]) & set(group[fold.validate])
    assert 0.15 < len(split.test) / 1000 < 0.25
    assert np.array_equal(split.clusters, group)


def test_a_few_groups_of_unlike_size_come_near_the_share(declare: Declare) -> None:
    group = np.repeat(np.arange(8), [400, 200, 150, 100, 60, 40, 30, 20])
    examples = make(group=group)
    split = divide(examples, declare(split={"group": "g"}), examples.label)
    assert 0.1 < len(split.test) / 1000 < 0.35


def test_a_given_test_table_is_the_test_part(declare: Declare) -> None:
    examples = make()
    split = divide(examples, declare(), examples.label, test_from=700)
    assert_sound(split)
    assert split.by == "given"
    assert np.array_equal(split.train, np.arange(700))
    assert np.array_equal(split.test, np.arange(700, 1000))


def test_few_test_rows_that_copy_a_training_row_are_dropped_and_counted(declare: Declare) -> None:
    x = np.random.default_rng(4).normal(size=1000)
    x[800] = x[3]
    x[801] = x[4]
    label = np.arange(1000) % 2
    label[801] = 1 - label[4]
    label[800] = label[3]
    split = divide(make(x=x, label=label), declare(), label, test_from=700)
    assert split.dropped == 1
    assert 800 not in split.test
    assert 801 in split.test
    assert "1 test rows dropped" in split.protocol


def test_many_copies_are_left_for_the_leakage_check(declare: Declare) -> None:
    x = np.random.default_rng(4).normal(size=1000)
    x[700:800] = x[:100]
    label = np.arange(1000) % 2
    split = divide(make(x=x, label=label), declare(), label, test_from=700)
    assert split.dropped == 0
    assert len(split.test) == 300


@pytest.mark.parametrize(("rows", "count"), [(24_000, 5), (26_000, 3), (130_000, 1)])
def test_the_number_of_folds_follows_the_rows(declare: Declare, rows: int, count: int) -> None:
    examples = make(rows)
    split = divide(examples, declare(), examples.label)
    assert len(split.folds) == count
    assert_sound(split)


def test_a_declared_number_of_folds_is_kept(declare: Declare) -> None:
    examples = make()
    split = divide(examples, declare(split={"folds": 10, "test": 0.1}), examples.label)
    assert len(split.folds) == 10
    assert len(split.test) == 100


@pytest.mark.parametrize(("by", "missing"), [("time", "time: COLUMN"), ("group", "group: COLUMN")])
def test_a_rule_without_its_column_is_refused(declare: Declare, by: str, missing: str) -> None:
    examples = make()
    with pytest.raises(DeclarationError, match=missing):
        divide(examples, declare(split={"by": by}), examples.label)


def test_times_or_groups_that_cannot_be_parted_are_refused(declare: Declare) -> None:
    examples = make(time=np.repeat(hours(1), 1000))
    with pytest.raises(TableError, match="by time"):
        divide(examples, declare(), examples.label)
    examples = make(time=hours(1000))
    with pytest.raises(TableError, match="known_after"):
        divide(examples, declare(known_after="100d"), examples.label)
    examples = make(group=np.zeros(1000, dtype=np.int64))
    with pytest.raises(TableError, match="1 groups"):
        divide(examples, declare(split={"group": "g"}), examples.label)


def test_numbers_to_regress_on_need_no_classes(declare: Declare) -> None:
    label = np.random.default_rng(5).normal(size=500)
    examples = make(500, label=label)
    split = divide(examples, declare(), np.zeros(500, dtype=np.int64))
    assert_sound(split)
    assert len(split.test) == 100


@budget(max_examples=50)
@given(
    groups=st.lists(st.integers(0, 12), min_size=30, max_size=120),
    seed=st.integers(0, 2**32 - 1),
    how=st.sampled_from(["random", "group", "time"]),
)
def test_every_split_is_sound(groups: list[int], seed: int, how: str) -> None:
    n = len(groups)
    codes = np.array(groups)
    chance = np.random.default_rng(seed)
    label = chance.integers(0, 2, n)
    examples = make(
        n,
        x=np.array([f"t{g}" for g in groups]),
        label=label,
        time=hours(1) + codes * np.timedelta64(7, "h") if how == "time" else None,
        group=codes if how == "group" else None,
    )
    system = System.model_validate(
        {
            "system": "s",
            "data": {"t": {"table": "t.csv"}},
            "label": {"column": "y", "known_after": "5h"},
            "train": {"seed": seed},
        }
    )
    try:
        split = divide(examples, system, label)
    except TableError:
        return
    assert_sound(split)
    if how != "time":
        assert not set(codes[split.train]) & set(codes[split.test])

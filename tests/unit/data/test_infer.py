"""The declaration that a person would have written."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from keel.data.check import check
from keel.data.infer import infer_system, system_name
from keel.errors import TableError
from keel.settings import Settings
from keel.spec.kinds import Kind, TaskName
from keel.spec.load import load_system
from keel.spec.system import System, TableSpec
from keel.spec.write import write_system

N = 60


def infer(columns: dict[str, list[Any]], target: str = "y", **given: Any) -> System:
    frame = pl.DataFrame(columns, strict=False)
    return infer_system("My Table.csv", TableSpec(table="t.csv"), target, frame=frame, **given)


def cycle(*values: object) -> list[object]:
    return [values[i % len(values)] for i in range(N)]


@pytest.mark.parametrize(
    ("values", "task", "positive"),
    [
        (cycle("no", "no", "yes"), TaskName.CLASSIFY, "yes"),
        (cycle("yes", "yes", "no"), TaskName.CLASSIFY, "yes"),
        (cycle("ham", "spam"), TaskName.CLASSIFY, "spam"),
        (cycle("1", "2", "1"), TaskName.CLASSIFY, "2"),
        (cycle(0, 0, 1), TaskName.CLASSIFY, "1"),
        (cycle(True, True, False), TaskName.CLASSIFY, "true"),
        (cycle("<=50K", "<=50K", ">50K"), TaskName.CLASSIFY, ">50K"),
        (cycle("a", "b", "c"), TaskName.CLASSIFY, None),
        ([i / 3 for i in range(N)], TaskName.REGRESS, None),
        (list(range(N)), TaskName.REGRESS, None),
    ],
)
def test_task_and_positive_class_follow_from_the_label(
    values: list[object], task: TaskName, positive: str | None
) -> None:
    system = infer({"x": cycle(1.5, 2.5, 3.5), "y": values})
    assert system.task is task
    assert system.label.positive == positive


def test_how_dates_are_written_is_declared_unless_it_is_in_doubt() -> None:
    clear, doubtful = cycle("25/06/2020", "03/04/2020"), cycle("05/06/2020", "03/04/2020")
    system = infer({"a": clear, "b": doubtful, "c": cycle("2020-06-25"), "y": cycle("n", "y")})
    assert {name: system.expect[name].form for name in "abc"} == {
        "a": "day/month/year",
        "b": None,
        "c": None,
    }
    assert {system.expect[name].type for name in "abc"} == {Kind.TIME}


def test_a_given_task_is_kept() -> None:
    system = infer({"x": cycle(1.5, 2.5), "y": cycle(1, 2, 3)}, task=TaskName.REGRESS)
    assert system.task is TaskName.REGRESS
    assert system.expect["y"].type is Kind.NUMBER


def test_the_time_of_sorted_rows_is_found() -> None:
    days = [datetime(2020, 1, 1) + timedelta(hours=i) for i in range(N)]
    assert infer({"t": days, "y": cycle("a", "b")}).table.time == "t"
    texts = [str(day) for day in days]
    assert infer({"t": texts, "y": cycle("a", "b")}).table.time == "t"


@pytest.mark.parametrize(
    "times",
    [
        [datetime(2020, 1, 1) + timedelta(hours=i * 37 % N) for i in range(N)],
        [None, *[datetime(2020, 1, 1) + timedelta(hours=i) for i in range(N - 1)]],
        [datetime(2020, 1, 1)] * N,
    ],
)
def test_unsorted_missing_or_constant_times_are_not_the_time_of_the_rows(
    times: list[datetime | None],
) -> None:
    assert infer({"t": times, "y": cycle("a", "b")}).table.time is None


def test_the_key_is_found() -> None:
    names = [f"c-{i}" for i in range(N)]
    assert infer({"x": cycle(1, 2), "who": names, "y": cycle("a", "b")}).table.key == "who"
    counter = list(range(N))
    system = infer({"n": counter, "y": cycle("a", "b")})
    assert system.table.key == "n"
    assert system.expect["n"].type is Kind.CATEGORY
    measured = [i * i for i in range(N)]
    assert infer({"x": measured, "y": cycle("a", "b")}).table.key is None


def test_columns_with_odd_values_get_no_type_so_that_no_row_is_lost(
    settings: Settings, tmp_path: Path
) -> None:
    odd = ["many", *map(str, range(N - 1))]
    columns = {"x": odd, "z": cycle(0.5, 1.5, 2.5), "y": cycle("a", "b")}
    system = infer(columns)
    assert "x" not in system.expect
    assert system.expect["z"].type is Kind.NUMBER
    checked = check(system, tmp_path, settings, frame=pl.DataFrame(columns))
    assert checked.quarantine.rows == 0
    assert checked.table.column("x").kind is Kind.NUMBER


def test_what_is_given_is_declared() -> None:
    system = infer(
        {"x": cycle(1.5, 2.5), "g": cycle("p", "q", "r"), "bad": cycle(1, 2), "y": cycle("a", "b")},
        ignore=("bad",),
        group="g",
        trials=5,
        minutes=2,
        seed=3,
    )
    assert system.train.ignore == ("bad",)
    assert system.split.group == "g"
    assert (system.train.trials, system.train.minutes, system.train.seed) == (5, 2, 3)
    assert system.system == "my-table-csv"


def test_every_wrong_name_is_said_at_once() -> None:
    with pytest.raises(TableError) as caught:
        infer({"xyz": cycle(1.5), "y": cycle("a", "b")}, "yy", ignore=("xyzz",), time="when")
    assert "no column 'yy'" in str(caught.value)
    assert "did you mean 'xyz'" in str(caught.value)
    assert "no column 'when'" in str(caught.value)


def test_the_inferred_system_reads_back_from_yaml() -> None:
    system = infer({"x": cycle(1.5, 2.5), "b": cycle("yes", "no"), "y": cycle("a", "b", "b")})
    assert load_system(write_system(system), "keel.yaml") == system


def test_a_checked_table_has_the_inferred_kinds(
    settings: Settings, tmp_path: Path, declare: Callable[..., System]
) -> None:
    columns = {"b": cycle("yes", "no"), "t": cycle("1/2/2020", "13/2/2020"), "y": cycle(1, 2)}
    system = infer(columns)
    inferred = check(system, tmp_path, settings, frame=pl.DataFrame(columns)).table
    plain = check(declare(), tmp_path, settings, frame=pl.DataFrame(columns)).table
    assert inferred.columns == plain.columns
    assert inferred.fingerprint == plain.fingerprint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Adult Data", "adult-data"),
        ("2020_sales", "s-2020_sales"),
        ("ÄÖ", "s"),
        ("a" * 90, "a" * 63),
    ],
)
def test_any_name_becomes_one_that_a_system_may_have(name: str, expected: str) -> None:
    assert system_name(name) == expected


def test_the_lines_of_a_log_are_a_sequence(tmp_path):
    lines = [f"2024-01-01 10:{i % 60:02d}:00 INFO app: served page {i}\n" for i in range(50)]
    (tmp_path / "t.log").write_text("".join(lines))
    table = TableSpec(table=str(tmp_path / "t.log"))
    system = infer_system("t", table, None, task=TaskName.DETECT)
    assert system.expect["log"].type == "sequence"
    assert (system.table.key, system.table.time) == ("window", "start")

"""A table held against its contract."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from keel.data.check import check
from keel.data.check_system import check_system
from keel.data.table import PHYSICAL
from keel.errors import TableError, TooManyBadRows
from keel.settings import Settings
from keel.spec.kinds import Kind
from keel.spec.system import System

Declare = Callable[..., System]


def write(folder: Path, content: str, name: str = "t.csv") -> None:
    (folder / name).write_text(content)


def quarantined(path: Path | None) -> list[dict[str, str]]:
    assert path is not None
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_columns_get_their_kinds_and_physical_types(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "n,c,b,t,y\n1,a,yes,2020-01-01,no\n2.5,b,no,2020-01-02,yes\n?,,yes,,no\n")
    table = check(declare(), tmp_path, settings).table
    kinds = {column.name: column.kind for column in table.columns}
    assert kinds == {
        "n": Kind.NUMBER,
        "c": Kind.CATEGORY,
        "b": Kind.BOOLEAN,
        "t": Kind.TIME,
        "y": Kind.CATEGORY,
    }
    frame = table.read()
    assert frame.schema == {name: PHYSICAL[kind] for name, kind in kinds.items()}
    assert frame.row(2) == (None, None, True, None, "no")
    assert table.rows == 3


def test_rows_that_break_the_contract_are_in_quarantine_with_their_reasons(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    rows = [
        "1,30,a,x@y,2020-01-01,n",
        "2,abc,a,x@y,2020-01-01,y",
        "3,,a,x@y,2020-01-01,n",
        "4,200,b,x@y,2020-01-01,n",
        "5,-1,a,x@y,2020-01-01,y",
        "1,31,a,x@y,2020-01-01,n",
        "7,32,z,nope,2020-01-01,n",
        "8,33",
        "9,34,a,x@y,2020-01-01,y",
    ]
    write(tmp_path, "id,age,c,mail,t,y\n" + "\n".join(rows) + "\n")
    system = declare(
        table={"max_bad_share": 1},
        expect={
            "id": {"unique": True},
            "age": {"type": "number", "not_null": True, "min": 0, "max": 120},
            "c": {"values": ["a", "b"]},
            "mail": {"regex": "[a-z]+@[a-z]+"},
        },
    )
    checked = check(system, tmp_path, settings)
    assert checked.table.rows == 2
    assert checked.quarantine.rows == 7
    kept = quarantined(checked.quarantine.path)
    reasons = {int(row["line"]): row["reason"] for row in kept}
    assert reasons == {
        3: "age is not a number",
        4: "age is missing",
        5: "age is above 120: '200.0'",
        6: "age is below 0: '-1.0'",
        7: "id repeats the value of another row: '1.0'",
        8: "c is not an allowed value: 'z'; mail does not match [a-z]+@[a-z]+: 'nope'",
        9: "2 fields instead of 6",
    }
    raw = {int(row["line"]): row["row"] for row in kept}
    assert json.loads(raw[3])["age"] == "abc"
    assert raw[9] == "8,33"
    assert sum(checked.quarantine.reasons.values()) == 7
    assert "9 rows read: 2 kept, 7 in quarantine" in checked.notes


def test_too_many_bad_rows_stop_with_reasons_and_the_file(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "a,y\n" + "1,n\n" * 8 + "x,y\n" * 2)
    system = declare(expect={"a": {"type": "number"}})
    with pytest.raises(TooManyBadRows, match=r"2 of 10 rows \(20.0%\)") as caught:
        check(system, tmp_path, settings)
    assert "2 rows: a is not a number" in str(caught.value)
    file = next((settings.home / "quarantine").iterdir())
    assert str(file) in str(caught.value)
    assert len(quarantined(file)) == 2
    assert not settings.tables.exists()


def test_odd_values_of_an_inferred_kind_become_missing_and_are_told(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    rows = [f"{i},{'n' if i % 2 else 'y'}" for i in range(60)] + ["many,n", "inf,y"]
    write(tmp_path, "a,y\n" + "\n".join(rows) + "\n")
    checked = check(declare(), tmp_path, settings)
    assert checked.table.rows == 62
    assert checked.table.read()["a"].null_count() == 2
    assert "a: 1 value is not a number, taken for missing" in checked.notes
    assert "a: 1 value is infinite, taken for missing" in checked.notes


def test_the_test_table_comes_last_by_name(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "a,y\n1,n\n2,y\n")
    write(tmp_path, "y,extra,a\nn,9,3\n", "test.csv")
    checked = check(declare(table={"test": "test.csv"}), tmp_path, settings)
    assert checked.test_from == 2
    assert checked.table.read().rows() == [(1, "n"), (2, "y"), (3, "n")]


def test_the_test_table_goes_by_position_where_a_header_is_missing(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "39, a, <=50K\n50, b, >50K\n")
    write(tmp_path, "age, work, Y\n25, a, <=50K.\n60, b, >50K.\n", "test.csv")
    checked = check(declare("c2", table={"test": "test.csv"}), tmp_path, settings)
    frame = checked.table.read()
    assert frame.columns == ["c0", "c1", "c2"]
    assert frame["c2"].to_list() == ["<=50K", ">50K", "<=50K", ">50K"]
    assert any("full stop" in note for note in checked.notes)


def test_the_key_keeps_every_digit(tmp_path: Path, settings: Settings, declare: Declare) -> None:
    write(tmp_path, "k,a,y\n9007199254740993,1,n\n9007199254740995,2,y\n")
    table = check(declare(table={"key": "k"}), tmp_path, settings).table
    assert table.read()["k"].to_list() == ["9007199254740993", "9007199254740995"]


def test_everything_that_is_missing_is_said_at_once(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "amount,amount,class\n1,2,n\n3,4,y\n")
    system = declare(
        "clas",
        table={"time": "when"},
        train={"ignore": ["amont"]},
        expect={"agee": {"not_null": True}},
    )
    with pytest.raises(TableError) as caught:
        check(system, tmp_path, settings)
    text = str(caught.value)
    assert "'amount' stands 2 times" in text
    assert "did you mean 'class'" in text
    assert "no column 'when'" in text
    assert "did you mean 'amount'" in text
    assert "no column 'agee'" in text


@pytest.mark.parametrize("content", ["a,y\n", "a,y\n\n\n"])
def test_a_table_without_rows_is_refused(
    tmp_path: Path, settings: Settings, declare: Declare, content: str
) -> None:
    write(tmp_path, content)
    with pytest.raises(TableError, match="has no rows"):
        check(declare(), tmp_path, settings)


def test_a_stale_table_is_refused(tmp_path: Path, settings: Settings, declare: Declare) -> None:
    write(tmp_path, "t,y\n2024-03-01,n\n2024-03-02,y\n")
    system = declare(expect={"t": {"type": "time", "fresh_within": "7d"}})
    check(system, tmp_path, settings, clock=lambda: datetime(2024, 3, 5, tzinfo=UTC))
    with pytest.raises(TableError, match="18 days ago, but must be within 7d"):
        check(system, tmp_path, settings, clock=lambda: datetime(2024, 3, 20, tzinfo=UTC))


def test_a_contract_that_cannot_apply_is_refused(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "city,y\nOslo,n\nRome,y\n")
    system = declare(expect={"city": {"min": 1, "fresh_within": "1d"}})
    with pytest.raises(TableError, match=r"fresh_within needs a time[\s\S]*min and max need"):
        check(system, tmp_path, settings)


def test_the_fingerprint_is_of_the_content_not_of_the_file(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "a,t,y\n1,2020-01-01,n\n2.50,2020-01-02,y\n")
    frame = pl.DataFrame(
        {"a": [1.0, 2.5], "t": [datetime(2020, 1, 1), datetime(2020, 1, 2)], "y": ["n", "y"]}
    )
    first = check(declare(), tmp_path, settings).table
    again = check(declare(), tmp_path, settings, frame=frame).table
    assert first.fingerprint == again.fingerprint
    other = check(declare(), tmp_path, settings, frame=frame.reverse()).table
    assert other.fingerprint != first.fingerprint
    assert not any(settings.scratch.iterdir())


def test_many_columns_and_five_hundred_classes_work(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    width = 1000
    frame = pl.DataFrame(
        {f"f{i}": pl.Series([float((i * j) % 7) for j in range(20)]) for i in range(50)}
        | {f"g{i}": pl.Series([0.0] * 20) for i in range(width - 50)}
    ).with_columns(pl.int_range(20).alias("id"))
    rows = pl.concat([frame] * 25).with_columns(pl.int_range(500).cast(pl.String).alias("y"))
    checked = check(declare(task="classify"), tmp_path, settings, frame=rows)
    assert checked.table.rows == 500
    constant = [s for s in checked.screened if s.reason == "constant"]
    assert len(constant) > width - 100


_CELL = st.sampled_from(["1", "2.5", "x", "", "?", "yes", "2020-01-01", "inf", "-3", " 7 "])


@budget(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(_CELL, min_size=1, max_size=3), min_size=1, max_size=25))
def test_no_row_vanishes(
    tmp_path: Path, settings: Settings, declare: Declare, rows: list[list[str]]
) -> None:
    lines = [",".join(row) + "," + str(i) for i, row in enumerate(rows)]
    write(tmp_path, "alpha,beta,gamma,y\n1,own,2,first\n" + "\n".join(lines) + "\n")
    system = declare(
        table={"max_bad_share": 1},
        expect={"alpha": {"type": "number", "max": 5}, "beta": {"unique": True}},
    )
    checked = check(system, tmp_path, settings)
    assert checked.table.rows + checked.quarantine.rows == len(rows) + 1
    if checked.quarantine.path:
        assert len(quarantined(checked.quarantine.path)) == checked.quarantine.rows


def test_a_private_column_that_no_table_has_is_told(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    write(tmp_path, "email,y\na@b.c,no\nd@e.f,yes\n")
    with pytest.raises(TableError, match=r"private: no table has a column 'mail': .*'email'"):
        check_system(declare(private=["mail"]), tmp_path, settings)
    check_system(declare(private=["email"]), tmp_path, settings)


def test_of_very_many_rows_some_describe_the_columns_and_that_is_told(
    tmp_path: Path, settings: Settings, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 150_000
    number = pl.int_range(count, eager=True)
    rows = pl.DataFrame({"a": number % 7, "same": 1.0, "y": number % 2})
    monkeypatch.setattr("keel.data.check.MOST_LOOKED_AT", 70_000)
    checked = check(declare(), tmp_path, settings, frame=rows)
    assert checked.table.rows == count
    assert [s.column for s in checked.screened] == ["same"]
    told = "columns are described and screened by 65,536 rows, spread over all"
    assert told in checked.notes
    assert told not in check(declare(), tmp_path, settings, frame=rows[:60_000]).notes

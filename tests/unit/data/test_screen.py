"""Columns that no model can learn from."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from keel.data.check import check
from keel.data.screen import is_named_like_id
from keel.settings import Settings
from keel.spec.system import System

N = 100
USEFUL = [i * 7 % 13 for i in range(N)]
LABEL = ["yes" if i % 3 else "no" for i in range(N)]


@pytest.fixture
def screened(
    tmp_path: Path, settings: Settings, declare: Callable[..., System]
) -> Callable[..., dict[str, tuple[str, str]]]:
    def run(columns: dict[str, list[object]], **table: str) -> dict[str, tuple[str, str]]:
        frame = pl.DataFrame({"u": USEFUL, **columns, "y": LABEL}, strict=False)
        found = check(declare(table=table), tmp_path, settings, frame=frame).screened
        return {s.column: (s.reason, s.detail) for s in found}

    return run


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None] * N, "all missing"),
        (["?"] * N, "all missing"),
        ([3.5] * N, "constant"),
        (["a"] * N, "constant"),
        ([True] * N, "constant"),
        (["2020-01-01"] * N, "constant"),
        (USEFUL, "duplicate"),
        ([f"id-{i}" for i in range(N)], "id-like"),
        (list(range(1, N + 1)), "id-like"),
        (list(range(0, 10 * N, 10)), "id-like"),
        (list(reversed(range(N))), "id-like"),
    ],
)
def test_a_useless_column_is_screened_with_its_reason(
    screened: Callable[..., dict[str, tuple[str, str]]], values: list[object], reason: str
) -> None:
    found = screened({"x": values})
    assert list(found) == ["x"]
    assert found["x"][0] == reason
    assert "x" in found["x"][1]


@pytest.mark.parametrize(
    "values",
    [
        [None, *([1.0] * (N - 1))],
        [i / 7 for i in range(N)],
        [(i * 7919) % 10_007 for i in range(N)],
        [f"2020-01-01 00:{i // 60:02}:{i % 60:02}" for i in range(N)],
        [f"a long text of several words about case number {i}" for i in range(N)],
        [f"c{i // 2}" for i in range(N)],
    ],
)
def test_a_column_that_may_say_something_is_kept(
    screened: Callable[..., dict[str, tuple[str, str]]], values: list[object]
) -> None:
    assert screened({"x": values}) == {}


def test_different_whole_numbers_are_an_id_by_their_name(
    screened: Callable[..., dict[str, tuple[str, str]]],
) -> None:
    values = [(i * 7919) % 10_007 for i in range(N)]
    assert screened({"customer_id": values})["customer_id"][0] == "id-like"


def test_columns_with_a_role_are_never_screened(
    screened: Callable[..., dict[str, tuple[str, str]]],
) -> None:
    times = ["2020-01-01"] * N
    assert screened({"k": [f"k{i}" for i in range(N)], "t": times}, key="k", time="t") == {}


def test_a_few_rows_are_not_enough_to_call_a_column_an_id(
    tmp_path: Path, settings: Settings, declare: Callable[..., System]
) -> None:
    frame = pl.DataFrame({"x": ["a", "b", "c"], "y": ["n", "y", "n"]})
    assert check(declare(), tmp_path, settings, frame=frame).screened == ()


@pytest.mark.parametrize("name", ["id", "customer_id", "CustomerID", "Order No", "row-index"])
def test_names_of_ids(name: str) -> None:
    assert is_named_like_id(name)


@pytest.mark.parametrize("name", ["paid", "humid", "valid", "piano", "keyboard", "GRID"])
def test_names_that_only_end_alike(name: str) -> None:
    assert not is_named_like_id(name)

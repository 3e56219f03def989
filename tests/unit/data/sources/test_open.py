"""Picking a source, and saying why there is none."""

from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from keel.data.sources.open import open_source
from keel.errors import TableError


def test_a_missing_file_gets_the_nearest_spelling(tmp_path: Path) -> None:
    (tmp_path / "adult.csv").write_text("a\n1\n")
    with pytest.raises(TableError, match=r"did you mean 'adult\.csv'"):
        open_source("adlut.csv", base=tmp_path)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no folder"):
        open_source("nowhere/t.csv", base=tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.parquet", b"no", "not a readable Parquet"),
        ("t.arrow", b"no", "not a readable Arrow"),
        ("t.jsonl", b"no\n", "no JSON object"),
        ("t.json", b"[1, 2", "not JSON"),
        ("t.xlsx", b"PK", "spreadsheet"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=message):
        open_source(name, base=tmp_path)


def test_a_query_on_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(TableError, match="leave `query` out"):
        open_source("t.csv", base=tmp_path, query="SELECT 1")


def test_an_address_on_the_web_is_refused() -> None:
    with pytest.raises(TableError, match="download it"):
        open_source("https://example.org/t.csv")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is a folder"):
        open_source(tmp_path)


@pytest.mark.parametrize("table", [5, [1, 2], pl.Series([1])])
def test_what_is_no_table_is_refused(table: object) -> None:
    with pytest.raises(TableError):
        open_source(table)


def test_a_name_that_stands_twice_in_a_frame_is_refused() -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(TableError, match="'a' stands twice"):
        open_source(twice)
    with pytest.raises(TableError, match="'a' stands twice"):
        open_source(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_mixed_types_in_a_frame_become_text() -> None:
    source = open_source(pd.DataFrame({"a": [1, "x", None], "b": [1, 2, 3]}))
    frame = next(iter(source.chunks(print))).frame
    assert frame["a"].to_list()[:2] == ["1", "x"]
    assert frame["b"].to_list() == [1, 2, 3]


def test_nested_columns_are_left_out_and_told() -> None:
    source = open_source(pl.DataFrame({"a": [1], "b": [[1, 2]]}))
    assert source.names == ("a",)
    assert "column b" in source.notes[0]


def test_lists_of_texts_are_read_from_files_and_frames(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2], "steps": [["open", "close"], []]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ipc(tmp_path / "t.arrow")
    for table in (tmp_path / "t.parquet", tmp_path / "t.arrow", frame, frame.to_arrow()):
        source = open_source(table)
        assert source.names == ("a", "steps")
        chunk = next(iter(source.chunks(print))).frame
        assert chunk["steps"].to_list() == [["open", "close"], []]


def test_broken_json_lines_come_with_their_number(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 1}\n{"a": \n\n[1]\n{"b": 2}\n')
    source = open_source(tmp_path / "t.jsonl")
    bad: list[object] = []
    chunk = next(iter(source.chunks(bad.append)))
    assert source.names == ("a", "b")
    assert chunk.frame.rows() == [(1, None), (None, 2)]
    assert chunk.lines.tolist() == [1, 5]
    assert [line.line for line in bad] == [2, 4]

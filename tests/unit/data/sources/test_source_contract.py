"""What every source must do: the same table, twice, with the line of every row."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow.ipc
import pytest

from keel.data.sources.open import open_source
from keel.data.sources.source import BadLine, Source

ROWS = [
    {"name": "Ann", "age": 31, "score": 1.5},
    {"name": "Bob", "age": None, "score": -2.0},
    {"name": None, "age": 7, "score": None},
]


def _csv(folder: Path) -> object:
    (folder / "t.csv").write_text("name,age,score\nAnn,31,1.5\nBob,,-2.0\n,7,\n")
    return folder / "t.csv"


def _parquet(folder: Path) -> object:
    pl.DataFrame(ROWS).write_parquet(folder / "t.parquet")
    return folder / "t.parquet"


def _jsonl(folder: Path) -> object:
    (folder / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return folder / "t.jsonl"


def _json_list(folder: Path) -> object:
    (folder / "t.json").write_text(json.dumps(ROWS, indent=1))
    return folder / "t.json"


def _arrow(folder: Path) -> object:
    pl.DataFrame(ROWS).write_ipc(folder / "t.arrow")
    return folder / "t.arrow"


def _arrow_stream(folder: Path) -> object:
    table = pl.DataFrame(ROWS).to_arrow()
    with pyarrow.ipc.new_stream(str(folder / "t.arrow"), table.schema) as writer:
        writer.write_table(table)
    return folder / "t.arrow"


def _sqlite(folder: Path) -> object:
    with sqlite3.connect(folder / "t.db") as connection:
        connection.execute("CREATE TABLE t (name TEXT, age INTEGER, score REAL)")
        connection.executemany("INSERT INTO t VALUES (:name, :age, :score)", ROWS)
    connection.close()
    return f"sqlite:///{folder / 't.db'}"


MAKERS: dict[str, Callable[[Path], object]] = {
    "csv": _csv,
    "parquet": _parquet,
    "jsonl": _jsonl,
    "json list": _json_list,
    "arrow file": _arrow,
    "arrow stream": _arrow_stream,
    "sqlite": _sqlite,
    "polars": lambda _: pl.DataFrame(ROWS),
    "polars lazy": lambda _: pl.DataFrame(ROWS).lazy(),
    "pandas": lambda _: pd.DataFrame(ROWS, index=[5, 5, 9]),
    "arrow table": lambda _: pl.DataFrame(ROWS).to_arrow(),
    "list of rows": lambda _: ROWS,
    "mapping of columns": lambda _: {k: [row[k] for row in ROWS] for k in ROWS[0]},
}


@pytest.fixture(params=list(MAKERS))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    return open_source(MAKERS[request.param](tmp_path))


def read(source: Source) -> tuple[list[tuple[object, ...]], list[int]]:
    bad: list[BadLine] = []
    chunks = list(source.chunks(bad.append))
    assert not bad
    frame = pl.concat([chunk.frame.cast(pl.String) for chunk in chunks])
    return frame.rows(), [int(line) for chunk in chunks for line in chunk.lines]


def test_columns_keep_their_names_and_order(source: Source) -> None:
    assert source.names == ("name", "age", "score")
    assert source.named


def test_rows_keep_their_values_and_order(source: Source) -> None:
    rows, _ = read(source)
    plain = [[str(v).removesuffix(".0") if v else None for v in row] for row in rows]
    assert plain == [["Ann", "31", "1.5"], ["Bob", None, "-2"], [None, "7", None]]


def test_a_second_pass_gives_the_same(source: Source) -> None:
    assert read(source) == read(source)


def test_lines_rise(source: Source) -> None:
    _, lines = read(source)
    assert lines == sorted(set(lines))
    assert lines[0] in (1, 2)

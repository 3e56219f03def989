from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from keel.cli.main import app
from keel.errors import RequestError
from keel.serve.labels import read_labels
from keel.store import open_store
from tiny_systems import add, houses, loans, open_tiny_store

DECLARED = {"data": {"loans": {"table": "l.csv", "key": "loan"}}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_record: Any) -> Path:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    store = open_tiny_store(tmp_path)
    add(store, "loans", loans(), make_record=make_record, declaration=DECLARED)
    add(store, "houses", houses(), make_record=make_record)
    store.engine.dispose()
    return tmp_path


def keel(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_the_labels_of_a_table_are_recorded(home: Path, ending: str) -> None:
    table = home / f"labels.{ending}"
    frame = pl.DataFrame({"loan": [1, 2, 3], "label": ["paid", "lost", None]})
    writers = {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}
    writers[ending](table)
    assert keel("labels", "loans", str(table)) == "2 labels recorded\n"
    assert "2 were there already" in keel("labels", "loans", str(table))
    known = read_labels(open_store().engine, "loans").sort("key")
    assert known.select("key", "label").rows() == [("1", "paid"), ("2", "lost")]


def test_numbers_of_a_csv_are_numbers(home: Path) -> None:
    table = home / "labels.csv"
    table.write_text("request_id,row,label\nr1,2,12.5\n")
    assert '"recorded": 1' in keel("labels", "houses", str(table), "--json")
    known = read_labels(open_store().engine, "houses")
    assert known.select("key", "label").rows() == [("r1/2", "12.5")]


def test_a_table_with_an_unknown_class_records_nothing(home: Path) -> None:
    table = home / "labels.csv"
    table.write_text("loan,label\n1,paid\n2,gone\n")
    with pytest.raises(RequestError, match="label 1: the label 'gone' is no class"):
        keel("labels", "loans", str(table))
    assert read_labels(open_store().engine, "loans").is_empty()

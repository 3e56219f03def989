"""Features from a declaration to answers over HTTP, in real processes that are killed."""

import csv
import datetime as dt
import json
import signal
from pathlib import Path

import httpx
import polars as pl
import pytest
from test_serve_process import serving

from feature_tables import write_feature_tables
from keel_process import keel


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pay")
    write_feature_tables(folder)
    keel(folder, "run", ".", "--quiet")
    return folder


def test_the_first_answer_is_what_training_saw(folder: Path) -> None:
    keel(folder, "features", "build", ".", "built.parquet", "--for", "examples.csv")
    built = pl.read_parquet(folder / "built.parquet")
    with serving(folder / "home") as (_, address), httpx.Client(base_url=address) as client:
        for row in built.head(5).to_dicts():
            asked = {
                "customer": row["customer_id"],
                "terminal": row["terminal_id"],
                "amount": row["amount"],
                "tx_id": row["tx_id"],
                "time": row["at"],
            }
            answer = client.get("/v1/pay/features", params=asked).json()["features"]
            expected = {name: _written(row[name]) for name in answer}
            assert answer == pytest.approx(expected)


def test_online_and_offline_agree_by_command(folder: Path) -> None:
    done = keel(folder, "features", "verify", ".", "--rows", "20", "--json")
    assert json.loads(done.stdout)["same"] is True


def test_features_are_explained_by_command(folder: Path) -> None:
    done = keel(folder, "features", "show", ".", "risk")
    assert "known 7d after it happened" in done.stdout
    assert "pay@1" in done.stdout
    assert "did you mean 'risk'" in keel(folder, "features", "show", ".", "rsk", code=2).stderr


def test_what_was_taken_in_is_there_after_the_server_is_killed(folder: Path) -> None:
    event = {"tx_id": 9001, "customer_id": "x", "terminal_id": "y", "amount": 7}
    with serving(folder / "home") as (process, address), httpx.Client(base_url=address) as client:
        assert client.post("/v1/pay/events", json=event).json()["recorded"] == 1
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with serving(folder / "home") as (_, address), httpx.Client(base_url=address) as client:
        answer = client.get("/v1/pay/features", params={"customer": "x"}).json()["features"]
        assert answer["spend_1d"] == 7.0


def test_a_label_that_comes_with_its_event_judges_answers(folder: Path) -> None:
    event = {"tx_id": 9002, "customer_id": "x", "terminal_id": "y", "amount": 7}
    with serving(folder / "home") as (_, address), httpx.Client(base_url=address) as client:
        client.post("/v1/pay/events", json=event)
        client.post("/v1/pay/events", json={**event, "is_fraud": 1}).raise_for_status()
        again = client.post("/v1/pay/labels", json={"tx_id": 9002, "label": 1})
        assert again.json()["repeated"] == 1


def test_a_table_is_answered_and_a_version_reproduced(folder: Path) -> None:
    keel(folder, "predict", "pay", "examples.csv", "answers.csv")
    with (folder / "answers.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 30
    assert '"same": true' in keel(folder, "reproduce", "pay", "--json").stdout


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.datetime) else value

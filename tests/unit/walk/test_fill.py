"""What tables say online, run after run."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import keel
from keel.declare import read_declaration
from keel.errors import DeclarationError
from keel.lifecycle import run
from keel.serve.runtime import Runtime
from keel.serve.show_features import show_features
from keel.serve.take_events import take_events
from keel.store import Store
from keel.train.progress import silent
from tiny_systems import open_tiny_store

FIRST = dt.datetime(2026, 1, 1)
NOON = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)

DECLARATION = """
system: pay
task: classify
data:
  payments: {table: payments.parquet, key: tx_id, time: at}
entities: {customer: customer_id}
label: {column: is_fraud, known_after: 1d}
features:
  amount: amount
  spend: sum(amount) over lifetime by customer
  frauds: sum(is_fraud) over lifetime by customer
train: {models: [logistic], trials: 1, minutes: 1}
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "keel.yaml").write_text(DECLARATION)
    return open_tiny_store(tmp_path / ".keel")


def payments(amount: float) -> pl.DataFrame:
    number = range(80)
    return pl.DataFrame(
        {
            "tx_id": number,
            "at": [FIRST + dt.timedelta(hours=i) for i in number],
            "customer_id": [f"c{i % 4}" for i in number],
            "amount": [amount + i % 5 for i in number],
            "is_fraud": [i % 3 == 0 for i in number],
        }
    )


def learn(folder: Path, store: Store, table: pl.DataFrame) -> Runtime:
    table.write_parquet(folder / "payments.parquet")
    declared = read_declaration(folder / "keel.yaml")
    run(declared.system, base=folder, store=store, tell=silent)
    runtime = Runtime(store.engine, store.blobs, online=store.online)
    runtime.refresh()
    return runtime


def features(runtime: Runtime, **asked: str) -> dict[str, Any]:
    shown = show_features(runtime, "pay", asked, clock=lambda: NOON)
    return dict(json.loads(shown)["features"])


def test_a_table_that_changed_is_what_the_next_answer_knows(tmp_path: Path, store: Store) -> None:
    for amount in (5.0, 9.0, 5.0):
        runtime = learn(tmp_path, store, payments(amount))
        told = features(runtime, customer="c0")
        assert told["spend"] == sum(amount + i % 5 for i in range(0, 80, 4))


def test_a_label_that_only_the_table_says_joins_what_came_in_live(
    tmp_path: Path, store: Store
) -> None:
    runtime = learn(tmp_path, store, payments(5.0))
    live = {"tx_id": 900, "customer_id": "new", "amount": 7.0, "at": "2026-01-15T00:00:00Z"}
    take_events(runtime, "pay", json.dumps(live).encode(), clock=lambda: NOON)
    assert features(runtime, customer="new") == {"amount": None, "spend": 7.0, "frauds": None}
    row = {"tx_id": 900, "at": dt.datetime(2026, 1, 15), "customer_id": "new", "amount": 1.0}
    later = pl.concat([payments(5.0), pl.DataFrame([{**row, "is_fraud": True}])])
    runtime = learn(tmp_path, store, later)
    assert features(runtime, customer="new") == {"amount": None, "spend": 7.0, "frauds": 1.0}


def test_a_name_is_a_system_though_a_folder_is_called_so(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(tmp_path, store, payments(5.0))
    (tmp_path / "pay").mkdir()
    (tmp_path / "pay" / "keel.yaml").write_text("system: other")
    monkeypatch.chdir(tmp_path)
    found = keel.features.at("pay", customer="c0", home=tmp_path / ".keel")
    assert found["spend"].to_list() == [sum(5.0 + i % 5 for i in range(0, 80, 4))]
    with pytest.raises(DeclarationError):
        keel.features.at("./pay", customer="c0", home=tmp_path / ".keel")

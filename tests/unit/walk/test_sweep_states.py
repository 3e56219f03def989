"""Which online states go, and which stay for a version that may answer again."""

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from keel.declare import read_declaration
from keel.features.online.scope import online_features
from keel.lifecycle import run
from keel.releases.rollback import rollback
from keel.serve.feeds import announced
from keel.serve.runtime import Runtime
from keel.serve.show_features import show_features
from keel.serve.take_events import take_events
from keel.store import Store
from keel.train.export.feature_plan import read_plan
from keel.train.progress import silent
from keel.walk.features.sweep_states import sweep_states
from tiny_systems import open_tiny_store

FIRST = dt.datetime(2026, 1, 1)
NOON = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

DECLARATION = """
system: pay
task: classify
data:
  payments: {{table: payments.parquet, key: tx_id, time: at}}
entities: {{customer: customer_id}}
label: {{column: is_fraud}}
features:
  amount: amount
  spend: {feature} over lifetime by customer
train: {{models: [logistic], trials: 1, minutes: 1}}
"""
SPENT, DEAREST, CHANNELS = "sum(amount)", "max(fee)", "distinct_count(channel)"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    number = range(80)
    pl.DataFrame(
        {
            "tx_id": number,
            "at": [FIRST + dt.timedelta(hours=i) for i in number],
            "customer_id": [f"c{i % 4}" for i in number],
            "amount": [5.0 + i % 5 for i in number],
            "fee": [float(i % 10) for i in number],
            "channel": [f"at {i % 3}" for i in number],
            "is_fraud": [i % 3 == 0 for i in number],
        }
    ).write_parquet(tmp_path / "payments.parquet")
    return open_tiny_store(tmp_path / ".keel")


def learn(store: Store, feature: str, now: dt.datetime) -> str:
    """The scope of what was learned."""
    folder = store.settings.home.parent
    (folder / "keel.yaml").write_text(DECLARATION.format(feature=feature))
    declared = read_declaration(folder / "keel.yaml")
    kept = run(declared.system, base=folder, store=store, tell=silent, clock=lambda: now)
    plan = read_plan(kept.predictor.signature)
    return online_features(store.online, "pay", plan).scope


def spend(store: Store) -> object:
    runtime = Runtime(store.engine, store.blobs, online=store.online)
    runtime.refresh()
    shown = show_features(runtime, "pay", {"customer": "c0"}, clock=lambda: NOON)
    return json.loads(shown)["features"]["spend"]


def take(store: Store) -> None:
    runtime = Runtime(store.engine, store.blobs, online=store.online)
    runtime.refresh()
    event = {"tx_id": 900, "customer_id": "new", "amount": 7.0, "at": "2026-01-15T00:00:00Z"}
    take_events(runtime, "pay", json.dumps(event).encode(), clock=lambda: NOON)


def test_a_state_goes_when_no_version_that_may_answer_has_its_definition(store: Store) -> None:
    first = learn(store, SPENT, NOON)
    second = learn(store, DEAREST, NOON)
    third = learn(store, CHANNELS, NOON)
    assert sweep_states("pay", store, lambda: NOON + DAY / 2) == 0
    assert set(announced(store.online, "pay")) == {first, second, third}
    assert sweep_states("pay", store, lambda: NOON + 2 * DAY) == 1
    assert sweep_states("pay", store, lambda: NOON + 2 * DAY) == 0
    assert set(announced(store.online, "pay")) == {second, third}
    take(store)
    written = [len(list(store.online.every_event(scope))) for scope in (first, second, third)]
    assert written == [0, 81, 81]
    assert spend(store) == 3.0
    rollback(store.engine, "pay", lambda: NOON, actor="a person")
    assert spend(store) == 8.0
    # Who comes back to a definition fills its state anew.
    assert learn(store, SPENT, NOON + 2 * DAY) == first
    assert spend(store) == sum(5.0 + i % 5 for i in range(0, 80, 4))

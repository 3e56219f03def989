"""Which online states go, and which stay for a version that may answer again."""

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from keel.declare import read_declaration
from keel.errors import Conflict
from keel.features.online.scope import online_features
from keel.registry.find import find
from keel.registry.record import Record
from keel.releases.asked import Asked, release_as_asked
from keel.releases.release import Kind
from keel.releases.require_state import Check, require_state
from keel.releases.rollback import rollback
from keel.serve.feeds import announced
from keel.serve.runtime import Runtime
from keel.serve.show_features import show_features
from keel.serve.take_events import take_events
from keel.store import Store
from keel.train.progress import silent
from keel.walk.features.fill import fill_online
from keel.walk.features.prepared import prepare_features
from keel.walk.features.sweep_states import MOST_BACK, sweep_states
from tiny_systems import add, open_tiny_store, payments

FIRST = dt.datetime(2026, 1, 1)
NOON = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

DECLARATION = """
system: pay
data:
  payments: {{table: payments.parquet, key: tx_id, time: at}}
entities: {{customer: customer_id}}
features:
  amount: amount
  spend: {feature} over lifetime by customer
"""
SPENT, DEAREST, CHANNELS = "sum(amount)", "max(fee)", "distinct_count(channel)"
SPREAD, LEAST = "std(fee - 1)", "min(amount - 1)"

Learn = Callable[[str, dt.datetime], str]


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
        }
    ).write_parquet(tmp_path / "payments.parquet")
    return open_tiny_store(tmp_path / ".keel")


@pytest.fixture
def learn(store: Store, make_record: Callable[..., Record]) -> Learn:
    """Makes a version that answers from a feature; gives the scope of its state."""

    def learn(feature: str, now: dt.datetime) -> str:
        folder = store.settings.home.parent
        (folder / "keel.yaml").write_text(DECLARATION.format(feature=feature))
        system = read_declaration(folder / "keel.yaml").system
        prepared = prepare_features(system, folder, store.settings, silent)
        exported = payments(prepared.plan)
        fill_online(exported.signature, "pay", prepared.tables, store, lambda: now, silent)
        add(store, "pay", exported, make_record=make_record)
        return online_features(store.online, "pay", prepared.plan).scope

    return learn


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


def check(store: Store) -> Check:
    return partial(require_state, blobs=store.blobs, online=store.online)


def test_a_state_goes_when_no_version_that_may_answer_has_its_definition(
    store: Store, learn: Learn
) -> None:
    kept = [learn(feature, NOON) for feature in (SPENT, DEAREST, CHANNELS, SPREAD, LEAST)]
    assert sweep_states("pay", store, lambda: NOON + DAY / 2) == 0
    assert set(announced(store.online, "pay")) == set(kept)
    assert sweep_states("pay", store, lambda: NOON + 2 * DAY) == 1
    assert sweep_states("pay", store, lambda: NOON + 2 * DAY) == 0
    assert set(announced(store.online, "pay")) == set(kept[1:])
    take(store)
    assert [len(list(store.online.every_event(scope))) for scope in kept] == [0, *[81] * 4]
    # Who comes back to a definition fills its state anew.
    assert learn(SPENT, NOON + 2 * DAY) == kept[0]
    assert spend(store) == sum(5.0 + i % 5 for i in range(0, 80, 4))


def test_who_goes_back_comes_to_a_version_that_answers_or_is_told(
    store: Store, learn: Learn
) -> None:
    for feature in (SPENT, DEAREST, CHANNELS, SPREAD, LEAST):
        learn(feature, NOON)
    sweep_states("pay", store, lambda: NOON + 2 * DAY)
    told = []
    for _ in range(MOST_BACK):
        rollback(store.engine, "pay", lambda: NOON, actor="ada", check=check(store))
        told.append(spend(store))
    assert told[1:] == [3.0, 8.0]
    with pytest.raises(Conflict, match=r"pay@1 cannot answer: .* keel run of its declaration"):
        rollback(store.engine, "pay", lambda: NOON, actor="ada", check=check(store))
    assert find(store.engine, "pay").number == 2
    for asked in (Asked("pay@1"), Asked("pay", Kind.AB, arms=("pay@1=50", "pay@2=50"))):
        with pytest.raises(Conflict, match="pay@1 cannot answer"):
            release_as_asked(store.engine, asked, lambda: NOON, actor="ada", check=check(store))
    learn(SPENT, NOON + 2 * DAY)
    release_as_asked(store.engine, Asked("pay@1"), lambda: NOON, actor="ada", check=check(store))
    assert find(store.engine, "pay").number == 1

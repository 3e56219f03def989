"""A version in shadow is asked what the champion is asked, by a process of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import polars as pl
import pytest

from keel.clock import system_clock
from keel.registry.record import Record
from keel.releases.begin import begin_release
from keel.releases.rollback import rollback
from keel.serve.answers.read_answers import read_answers
from keel.spec.release import parse_steps
from keel.store import Store
from tiny_systems import add, open_tiny_store, petals

KEEL = [sys.executable, "-W", "error", "-c", "from keel.__main__ import start; start()"]
PETAL = {"length": 2, "width": 0}
DECLARED = {
    "system": "petals",
    "data": {"petals": {"table": "petals.csv"}},
    "label": {"column": "kind"},
}


@pytest.fixture
def store(tmp_path: Path, make_record: Callable[..., Record]) -> Iterator[Store]:
    store = open_tiny_store(tmp_path)
    record = partial(make_record, declaration=DECLARED)
    add(store, "petals", petals(), make_record=record)
    add(store, "petals", petals(1), make_record=record, at_once=False)
    yield store
    store.engine.dispose()


@contextmanager
def serving(home: Path) -> Iterator[httpx.Client]:
    words = [*KEEL, "serve", "--port", "0"]
    environment = {**os.environ, "KEEL_HOME": str(home)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := server.stderr.readline())
            assert found, line + server.stderr.read()
            with httpx.Client(base_url=found[0]) as client:
                yield client
        finally:
            server.terminate()
            assert server.wait(30) == 0
            assert "Traceback" not in server.stderr.read()


def answers(store: Store) -> pl.DataFrame:
    return read_answers(store.settings.answers, "petals").frame.collect()


def until(what: Callable[[], bool], within_s: float = 60) -> None:
    end_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def test_what_the_champion_was_asked_is_asked_again(store: Store) -> None:
    tensor = {"shape": [1, 1], "datatype": "FP64"}
    named = [{"name": name, "data": [1.5], **tensor} for name in ("length", "width")]
    with serving(store.settings.home) as client:
        assert client.post("/v1/petals/predict", json=PETAL).json()["version"] == 1
        begin_release(
            store.engine,
            "petals",
            2,
            parse_steps("shadow 1h, 100%"),
            system_clock,
            actor="ada",
        )

        def is_asked() -> bool:
            assert client.post("/v1/petals/predict", json=PETAL).json()["version"] == 1
            return "shadow" in answers(store)["arm"].to_list()

        # The process for it begins, with the release.
        until(is_asked)
        two = client.post("/v1/petals/predict", json={"rows": [PETAL, PETAL]}).json()
        inferred = client.post("/v2/models/petals/infer", json={"inputs": named}).json()
        assert inferred["model_version"] == "1"
        asked = {two["request_id"], inferred["id"]}

        def are_answered() -> bool:
            found = answers(store).filter(pl.col("arm") == "shadow")
            return asked <= set(found["request_id"].to_list())

        until(are_answered)
        rollback(store.engine, "petals", system_clock, actor="ada")
    found = answers(store)
    shadow = found.filter(pl.col("arm") == "shadow")
    assert set(shadow["version"]) == {2}
    assert shadow["error"].null_count() == len(shadow)
    live = found.filter(pl.col("release").is_not_null(), pl.col("arm") == "champion")
    assert set(live["version"]) == {1}
    assert set(shadow["request_id"]) <= set(live["request_id"])
    assert shadow.filter(pl.col("request_id") == two["request_id"]).height == 2

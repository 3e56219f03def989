"""Releases on live traffic: one that is as good takes over, one that is worse is rolled back."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest

from keel.registry.record import Record
from keel.store import Store
from keel.train.export.predictor import Predictor
from tiny_systems import add, open_tiny_store, petals

KEEL = [sys.executable, "-W", "error", "-c", "from keel.__main__ import start; start()"]
DECLARED = {
    "system": "petals",
    "data": {"petals": {"table": "petals.csv"}},
    "label": {"column": "kind"},
    "promises": ["accuracy >= 0.8"],
    "release": ["shadow 5s", "50% 5s", "100%"],
}


@pytest.fixture
def store(tmp_path: Path, make_record: Callable[..., Record]) -> Iterator[Store]:
    """petals@1, the champion; petals@2, the same again; petals@3, which is worse."""
    store = open_tiny_store(tmp_path)
    record = partial(make_record, declaration=DECLARED)
    for upside_down, at_once in ((False, True), (False, False), (True, False)):
        exported = petals(upside_down=upside_down)
        add(store, "petals", exported, make_record=record, at_once=at_once)
    yield store
    store.engine.dispose()


def keel(home: Path, *words: str) -> str:
    environment = {**os.environ, "KEEL_HOME": str(home)}
    done = subprocess.run(
        [*KEEL, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(home: Path) -> Iterator[httpx.Client]:
    words = [*KEEL, "serve", "--port", "0", "--workers", "2"]
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


class Users:
    """Ask for petals, and say what they turn out to be: what petals@1 takes them for."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.first = Predictor(petals())
        self.drawn = np.random.default_rng(7)
        self.versions: set[int] = set()

    def ask(self, count: int) -> None:
        rows = self.drawn.normal(0, 3, (count, 2)).tolist()
        named = [{"length": length, "width": width} for length, width in rows]
        labels = []
        for row, truth in zip(named, self.truths(named), strict=True):
            answered = self.client.post("/v1/petals/predict", json=row)
            assert answered.status_code == 200, answered.text
            self.versions.add(answered.json()["version"])
            labels.append({"request_id": answered.json()["request_id"], "label": truth})
        told = self.client.post("/v1/petals/labels", json={"labels": labels})
        assert told.status_code == 200, told.text

    def truths(self, rows: list[dict[str, float]]) -> list[str]:
        decided = self.first.predict(pl.DataFrame(rows)).decision
        assert decided is not None
        return [self.first.signature.classes[code] for code in decided]

    def status(self) -> dict[str, Any]:
        return dict(self.client.get("/v1/petals/release").json())


def test_releases_end_as_their_answers_deserve(store: Store) -> None:
    home = store.settings.home
    with serving(home) as client:
        users = Users(client)
        assert "release of petals@2 has begun" in keel(home, "release", "petals@2")
        end_s = time.monotonic() + 120
        while users.status()["champion"] == 1:
            users.ask(40)
            assert time.monotonic() < end_s, users.status()
        assert users.versions == {1, 2}
        (release,) = users.status()["ended"]
        assert release["state"] == "done"
        assert release["reason"].startswith("nothing is broken")

        begun = json.loads(keel(home, "release", "petals@3", "--steps", "50% 1h, 100%", "--json"))
        while users.status()["release"] is not None:
            users.ask(40)
            assert time.monotonic() < end_s, users.status()
        latest = users.status()["ended"][0]
        assert (latest["release"], latest["state"]) == (begun["release"], "rolled back")
        assert latest["reason"].startswith("accuracy >= 0.8: ")
        assert users.status()["champion"] == 2
        users.versions.clear()
        time.sleep(1)
        users.ask(20)
        assert users.versions == {2}
    assert "rolled back, accuracy >= 0.8" in keel(home, "status", "petals")

"""From a table of events to lists over HTTP, in real processes."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest
from test_serve_process import KEEL, environment, serving

from recommend_tables import events


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    events().rename({"user": "userId", "item": "filmId"}).write_csv(folder / "films.csv")
    words = ["run", "films.csv", "--task", "recommend", "--trials", "2", "--json"]
    done = subprocess.run(
        [*KEEL, *words],
        env=environment(folder / ".keel"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["task"], report["status"]) == ("recommend", "champion")
    assert "interactions:" in (folder / "keel.yaml").read_text()
    return folder / ".keel"


def test_lists_are_served_and_follow_what_users_do(home: Path) -> None:
    with serving(home) as (_, address), httpx.Client(base_url=address) as client:
        asked = {"rows": [{"user": "u4"}, {"history": ["i01", "i03"]}], "options": {"k": 3}}
        known, stranger = client.post("/v1/films/predict", json=asked).json()["predictions"]
        assert [len(answer["items"]) for answer in (known, stranger)] == [3, 3]
        assert all(item["reasons"] for item in known["items"])
        event = {"user": "u4", "item": known["prediction"]}
        assert client.post("/v1/films/events", json=event).json()["recorded"] == 1
        (again, _) = client.post("/v1/films/predict", json=asked).json()["predictions"]
        assert known["prediction"] not in [item["item"] for item in again["items"]]
        tensors = {
            "inputs": [{"name": "user", "shape": [1, 1], "datatype": "BYTES", "data": ["u4"]}],
            "parameters": {"k": 3},
        }
        scores, top = client.post("/v2/models/films/infer", json=tensors).json()["outputs"]
        assert top["data"] == [item["item"] for item in again["items"]]
        assert scores["shape"] == [1, 3]
        none = {"rows": [{"user": "u4"}], "options": {"k": 0}}
        refused = client.post("/v1/films/predict", json=none)
        assert refused.status_code == 400
        assert "option 'k' is 0" in refused.json()["error"]

from collections.abc import Callable
from typing import Any

import httpx

from keel.serve.labels import read_labels
from tiny_systems import add, loans

DECLARED = {"data": {"loans": {"table": "l.csv", "key": "loan"}}, "label": {"column": "outcome"}}


def test_labels_are_recorded_once_and_the_last_is_true(fresh: Any, make_record: Any) -> None:
    add(fresh.store, "loans", loans(), make_record=make_record, declaration=DECLARED)
    fresh.runtime.refresh()
    body = {"labels": [{"loan": 7, "label": "lost"}, {"request_id": "r1", "label": "paid"}]}
    done = {"system": "loans", "recorded": 2, "changed": 0, "repeated": 0}
    assert fresh.post("/v1/loans/labels", json=body).json() == done
    assert fresh.post("/v1/loans/labels", json=body).json()["repeated"] == 2
    assert (
        fresh.post("/v1/loans/labels", json={"loan": "7", "label": "paid"}).json()["changed"] == 1
    )
    known = read_labels(fresh.store.engine, "loans").sort("key")
    assert known.select("key", "label").rows() == [("7", "paid"), ("r1/0", "paid")]


def test_everything_that_is_wrong_is_said_and_nothing_recorded(
    fresh: Any, make_record: Any, failed: Callable[[httpx.Response, int], str]
) -> None:
    add(fresh.store, "loans", loans(), make_record=make_record)
    fresh.runtime.refresh()
    body = {"labels": [{"request_id": "a", "label": "paid"}, {"label": "gone"}, 3]}
    said = failed(fresh.post("/v1/loans/labels", json=body), 400)
    assert said.splitlines() == [
        "label 1: the label 'gone' is no class: allowed: paid, lost",
        "label 2 is a number; allowed is an object",
    ]
    assert read_labels(fresh.store.engine, "loans").is_empty()
    assert "a list of objects" in failed(fresh.post("/v1/loans/labels", json={"labels": 1}), 400)
    assert "no system 'meadow'" in failed(fresh.post("/v1/meadow/labels", json=body), 404)

from datetime import UTC, datetime
from typing import Any

import pytest

from keel.errors import RequestError
from keel.serve.labels import Label
from keel.serve.read_label import LabelReader
from keel.spec.kinds import TaskName
from keel.train.export.signature import Listing, Output, Signature

DECLARED = {"data": {"payments": {"table": "p.csv", "key": "tx_id"}}}
OUTPUT = (Output("scores", "FP32", (-1, 2), ""),)


def reader(task: TaskName, classes: tuple[str, ...] = (), **declared: Any) -> LabelReader:
    return LabelReader(Signature(task, (), (), OUTPUT, classes=classes), {**DECLARED, **declared})


FRAUD = reader(TaskName.CLASSIFY, ("0", "1"), label={"column": "is_fraud"})
PRICE = reader(TaskName.REGRESS)
ODD = reader(TaskName.DETECT, ("normal", "anomaly"))


def test_a_label_is_of_an_event_or_of_an_answer() -> None:
    at = "2026-03-01T12:00:00"
    assert FRAUD.read({"tx_id": 17.0, "label": 1, "at": at}) == Label(
        "key", "17", "1", datetime(2026, 3, 1, 12, tzinfo=UTC)
    )
    assert FRAUD.read({"request_id": "r1", "label": "0"}) == Label("request", "r1/0", "0")
    assert PRICE.read({"request_id": "r1", "row": 2, "label": 3}) == Label("request", "r1/2", "3.0")


def test_a_truth_may_be_a_number() -> None:
    said = reader(TaskName.CLASSIFY, ("false", "true"))
    assert [said.value(value) for value in (True, 1, 0.0, "false")] == [
        "true",
        "true",
        "false",
        "false",
    ]
    assert FRAUD.value(True) == "1"


@pytest.mark.parametrize(("said", "kept"), [(True, "anomaly"), (0, "normal"), ("OK", "normal")])
def test_an_anomaly_is_said_in_everyday_words(said: Any, kept: str) -> None:
    assert ODD.value(said) == kept


def test_the_declared_anomaly_is_the_one() -> None:
    named = reader(TaskName.DETECT, ("normal", "anomaly"), label={"column": "x", "positive": "dos"})
    assert named.value("dos") == "anomaly"
    with pytest.raises(ValueError, match=r"the label is 'anomaly'; allowed is dos, or false"):
        named.value("anomaly")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"tx_id": 1, "label": 2}, r"the label '2' is no class: allowed: 0, 1"),
        ({"tx_id": 1, "label": None}, "the label is null; allowed is 0 or 1"),
        ({"tx_id": 1}, "it has no 'label'"),
        ({"label": 1}, "it does not say of what: give 'tx_id' or 'request_id'"),
        ({"tx_id": 1, "label": 1, "when": 3}, "'when' is not known"),
        ({"request_id": 7, "label": 1}, "'request_id' is a number, not a text"),
        ({"request_id": "r", "row": -1, "label": 1}, "'row' is -1"),
        ({"tx_id": 1, "label": 1, "at": "soon"}, "'at' is 'soon', which is no time"),
    ],
)
def test_what_is_no_label_is_said(row: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FRAUD.read(row)


@pytest.mark.parametrize("said", ["12", True, None, float("nan")])
def test_a_value_that_is_no_number_is_refused(said: Any) -> None:
    with pytest.raises(ValueError, match="allowed is a finite number"):
        PRICE.value(said)


def test_an_event_says_its_own_label_if_it_can_be_read() -> None:
    assert FRAUD.of_event({"tx_id": 5, "is_fraud": 1, "amount": 3}) == Label("key", "5", "1")
    for row in ({"tx_id": 5}, {"is_fraud": 1}, {"tx_id": 5, "is_fraud": "maybe"}):
        assert FRAUD.of_event(row) is None


def test_a_system_that_recommends_takes_no_labels() -> None:
    listing = Listing("rank", 2, "user", "item")
    with pytest.raises(RequestError, match="takes no labels"):
        LabelReader(Signature(TaskName.RECOMMEND, (), (), OUTPUT, listing=listing), {})

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from keel.data.table import Column
from keel.monitor.later_events import LaterEvents
from keel.monitor.live_evidence import Answering, live_evidence
from keel.serve.answer_log import Answered
from keel.serve.answers.layout import Layout
from keel.serve.answers.privacy import Privacy
from keel.serve.labels import SCHEMA
from keel.serve.new_events import Happened
from keel.spec.kinds import Kind, TaskName
from keel.spec.system import System
from keel.train.export.predictor import Prediction, Shown
from keel.train.export.signature import (
    Cut,
    GraphColumn,
    Listing,
    Output,
    Signature,
    describe_input,
)

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGAN + timedelta(days=3)
KEY = b"0123456789abcdef"


def signature(task: TaskName, classes: tuple[str, ...] = (), **parts: Any) -> Signature:
    inputs = tuple(
        describe_input(Column(n, k)) for n, k in (("amount", Kind.NUMBER), ("city", Kind.CATEGORY))
    )
    columns = tuple(GraphColumn(column.name, column.kind, (column.name,)) for column in inputs)
    width = len(classes) if task is TaskName.CLASSIFY else 1
    outputs = (Output("scores", "FP32", (-1, width), ""),)
    return Signature(task, inputs, columns, outputs, classes=classes, **parts)


def system(**parts: Any) -> System:
    usual: dict[str, Any] = {
        "system": "fraud",
        "data": {"payments": {"table": "p.csv", "key": "tx_id"}},
        "label": {"column": "is_fraud"},
    }
    return System.model_validate({**usual, **parts})


def frame(version: Signature, declared: System, answers: list[Answered]) -> pl.DataFrame:
    declaration = declared.model_dump(mode="json", exclude_defaults=True)
    layout = Layout(version, declaration, KEY)
    return pl.DataFrame(pa.Table.from_batches(layout.lay_out(answers), layout.schema)).sort("time")


def one(number: int, prediction: Prediction | None, row: Mapping[str, Any], **parts: Any) -> Any:
    at = BEGAN + timedelta(hours=number)
    return Answered(None, f"r{number}", at, row, prediction, 1.0 + number, **parts)  # type: ignore[arg-type]


def paid(number: int, score: float = 0.2, **parts: Any) -> Answered:
    row = {"amount": float(number), "city": "Kyiv", "tx_id": 100 + number, "band": "old"}
    prediction = Prediction(np.array([[1 - score, score]]), np.array([int(score > 0.5)]))
    return one(number, prediction, row, **parts)  # type: ignore[no-any-return]


def labelled(**by_key: str) -> pl.DataFrame:
    rows = [
        ("request" if "/" in key else "key", key, label, None, BEGAN + timedelta(hours=5))
        for key, label in by_key.items()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


FRAUD = signature(TaskName.CLASSIFY, ("no", "yes"))


def answering(declared: System, version: Signature = FRAUD) -> Answering:
    return Answering("fraud@8", version, declared)


def test_answers_become_cases_with_the_labels_that_came() -> None:
    declared = system(promises=["demographic_parity_ratio by band >= 0.8"])
    answers = frame(
        FRAUD,
        declared,
        [
            paid(0, arm="challenger", release=3, step=1, unit="ada"),
            paid(1, 0.9, arm="challenger", release=3, step=2, unit="ada"),
            paid(2, arm="champion", release=3, step=2, unit="bob"),
            one(3, None, {}, arm="challenger", release=3, step=2, error="the graph failed"),
        ],
    )
    labels = labelled(**{"100": "yes", "r1/0": "no"})
    found = live_evidence(answers, labels, answering(declared), now=NOW)
    assert set(found) == {"challenger", "champion"}
    evidence = found["challenger"]
    assert (evidence.version, evidence.arm, evidence.task) == ("fraud@8", "challenger", "classify")
    np.testing.assert_allclose(evidence.output, [[0.8, 0.2], [0.1, 0.9]])
    assert evidence.decision.tolist() == [0, 1]
    assert evidence.label.tolist() == [1, 0]
    assert evidence.observed.tolist() == [True, True]
    assert evidence.id.tolist() == ["100", "101"]
    assert evidence.step.tolist() == [1, 2]
    assert evidence.unit.tolist() == ["ada", "ada"]
    assert evidence.cluster.tolist() == [0, 0]
    assert evidence.groups["band"].tolist() == ["old", "old"]
    assert evidence.inputs["amount"].tolist() == [0.0, 1.0]
    assert evidence.inputs["city"].tolist() == ["Kyiv", "Kyiv"]
    assert evidence.latency_ms.tolist() == [1.0, 2.0, 4.0]
    assert evidence.failed.tolist() == [False, False, True]
    assert evidence.request_step.tolist() == [1, 2, 2]
    assert evidence.label_time[0] == np.datetime64("2026-03-01T05:00:00")
    assert found["champion"].observed.tolist() == [False]
    assert found["champion"].unobserved_because is None
    assert "2 answers of fraud@8 from 2026-03-01 00:00 UTC" in evidence.protocol


def test_a_label_counts_once_all_of_its_age_could_be_known() -> None:
    declared = system(label={"column": "is_fraud", "known_after": "2d"})
    answers = frame(FRAUD, declared, [paid(0), paid(30)])
    labels = labelled(**{"100": "yes", "130": "yes"})
    evidence = live_evidence(answers, labels, answering(declared), now=NOW)["champion"]
    assert evidence.observed.tolist() == [True, False]
    assert "1 are younger than 2d, not due yet" in evidence.protocol


def test_what_became_known_later_is_not_known_yet() -> None:
    answers = frame(FRAUD, system(), [paid(0)])
    labels = labelled(**{"100": "yes"})
    at = BEGAN + timedelta(hours=4)
    evidence = live_evidence(answers, labels, answering(system()), now=at)["champion"]
    assert evidence.observed.tolist() == [False]


def test_of_answers_to_one_event_the_first_is_a_case() -> None:
    declared = system()
    answers = frame(FRAUD, declared, [paid(0), one(1, paid(0).prediction, paid(0).rows)])
    evidence = live_evidence(answers, labelled(), answering(declared), now=NOW)["champion"]
    assert evidence.id.tolist() == ["100"]
    assert len(evidence.latency_ms) == 2


def test_rows_of_one_request_go_together_and_are_labelled_by_their_number() -> None:
    declared = system(data={"payments": {"table": "p.csv"}})
    rows = pl.DataFrame({"amount": [1.0, 2.0], "city": ["a", "b"]})
    prediction = Prediction(np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([0, 1]))
    answers = frame(FRAUD, declared, [one(0, prediction, rows), paid(1)])
    labels = labelled(**{"r0/1": "yes"})
    evidence = live_evidence(answers, labels, answering(declared), now=NOW)["champion"]
    assert evidence.id.tolist() == ["r0/0", "r0/1", "r1/0"]
    assert evidence.observed.tolist() == [False, True, False]
    assert evidence.cluster.tolist() == [0, 0, 1]
    assert len(evidence.latency_ms) == 2


def test_labels_that_an_action_keeps_from_coming_are_said_to_be_selected() -> None:
    cuts = (Cut(0.5, "block", "threshold 0.5", ""),)
    version = signature(TaskName.CLASSIFY, ("no", "yes"), cuts=cuts, otherwise="pass")
    answers = []
    for number in range(60):
        score = 0.9 if number < 30 else 0.1
        done = paid(number, score).prediction
        blocked = Prediction(done.output, done.decision, np.array([int(score > 0.5)]))
        answers.append(one(number, blocked, {**paid(number).rows}))
    labels = labelled(**{str(100 + number): "no" for number in range(30, 60)})
    said = frame(version, system(), answers)
    evidence = live_evidence(said, labels, answering(system(), version), now=NOW)["champion"]
    assert evidence.unobserved_because == (
        "0% of the 30 answers 'block' have a label, and 100% of the 30 answers 'pass'"
    )
    every = labelled(**{str(100 + number): "no" for number in range(60)})
    evidence = live_evidence(said, every, answering(system(), version), now=NOW)["champion"]
    assert evidence.unobserved_because is None


def test_values_and_anomaly_scores_are_cases_too() -> None:
    price = signature(TaskName.REGRESS)
    declared = system(task="regress")
    row = {"amount": 1.0, "city": "a", "tx_id": "b7"}
    answers = frame(price, declared, [one(0, Prediction(np.array([12.5])), row)])
    labels = labelled(b7="13.25")
    found = live_evidence(answers, labels, answering(declared, price), now=NOW)["champion"]
    assert (found.output.tolist(), found.label.tolist()) == ([12.5], [13.25])
    assert found.decision is None

    odd = signature(TaskName.DETECT, ("normal", "anomaly"))
    declared = system(task="detect")
    scored = Prediction(np.array([3.5]), np.array([1]))
    answers = frame(odd, declared, [one(0, scored, row)])
    labels = labelled(b7="anomaly")
    found = live_evidence(answers, labels, answering(declared, odd), now=NOW)["champion"]
    assert (found.output.tolist(), found.label.tolist()) == ([3.5], [1])
    assert found.decision.tolist() == [1]


def test_lists_are_held_against_what_users_did_within_a_day() -> None:
    inputs = (describe_input(Column("user", Kind.CATEGORY), optional=True),)
    outputs = (Output("top", "INT64", (-1, 2), ""),)
    version = Signature(
        TaskName.RECOMMEND, inputs, (), outputs, listing=Listing("rank", 2, "user", "item")
    )
    interactions = {"user": "user", "item": "item", "value": "stars", "liked": 4}
    declared = System.model_validate(
        {
            "system": "films",
            "task": "recommend",
            "data": {"stars": {"table": "s.csv"}},
            "interactions": interactions,
        }
    )
    shown = ((Shown("m7", 0.9), Shown("m3", 0.5)),)
    lists = Prediction(np.array([[0.9, 0.5]]), lists=shown)
    answers = frame(
        version, declared, [one(0, lists, {"user": "ada"}), one(71, lists, {"user": "bob"})]
    )
    events = [
        Happened("ada", "m3", BEGAN + timedelta(hours=2), 5.0),
        Happened("ada", "m9", BEGAN + timedelta(hours=3), 4.0),
        Happened("ada", "m1", BEGAN + timedelta(hours=4), 1.0),
        Happened("ada", "m7", BEGAN + timedelta(hours=30), 5.0),
    ]
    found = live_evidence(
        answers,
        labelled(),
        answering(declared, version),
        now=NOW,
        events=LaterEvents(events, 4),
    )["champion"]
    items = dict(zip(["m7", "m3"], found.output[0].tolist(), strict=True))
    assert found.output.dtype == np.int64
    assert found.label[0].tolist()[0] == items["m3"]
    assert found.label[0].tolist()[1] not in items.values()
    assert found.observed.tolist() == [True, False]


def test_what_the_log_dropped_is_said() -> None:
    dropped = pl.DataFrame({"arm": ["champion", "shadow"], "dropped": [3, 9]})
    answers = frame(FRAUD, system(), [paid(0)])
    found = live_evidence(answers, labelled(), answering(system()), now=NOW, dropped=dropped)
    assert "3 more (75.0%) were dropped by a full log" in found["champion"].protocol


@pytest.mark.parametrize("treatment", ["pseudonym", "leave out"])
def test_a_private_key_is_found_by_its_pseudonym(treatment: str) -> None:
    declared = system(private={"tx_id": treatment})
    declaration = declared.model_dump(mode="json", exclude_defaults=True)
    answers = frame(FRAUD, declared, [paid(0)])
    version = Answering("fraud@8", FRAUD, declared, Privacy(declaration, FRAUD, KEY))
    labels = labelled(**{"100": "yes"})
    found = live_evidence(answers, labels, version, now=NOW)["champion"]
    assert found.observed.tolist() == [treatment == "pseudonym"]

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from answer_case import BEGAN, answered

from keel.data.table import Column
from keel.registry.version import Version
from keel.serve.answer_log import Answered
from keel.serve.answers.layout import Layout
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.spec.kinds import Kind, TaskName
from keel.train.export.predictor import Prediction, Shown
from keel.train.export.signature import Listing, Output, Signature, describe_input
from tiny_systems import LOAN, houses, loans, visits

Add = Callable[..., Version]
KEY = b"0123456789abcdef"


@pytest.fixture
def serving(add: Add, runtime: Runtime) -> Callable[..., Served]:
    def serving(system: str, exported: Any, **declaration: Any) -> Served:
        add(system, exported, declaration=declaration)
        runtime.refresh()
        return runtime.serving(system)

    return serving


def lay_out(served: Served, answers: list[Answered]) -> pl.DataFrame:
    layout = Layout(served.signature, served.record.declaration, KEY)
    table = pa.Table.from_batches(layout.lay_out(answers), layout.schema)
    return pl.DataFrame(table).sort("time", "row")


def test_a_row_as_it_came_lies_as_a_table_of_it_would(serving: Callable[..., Served]) -> None:
    served = serving("loans", loans(), data={"loans": {"table": "l.csv", "key": "loan"}})
    rows = [
        {**LOAN, "loan": 17},
        {**LOAN, "amount": None, "channel": None, "new": None, "at": None, "loan": "b"},
    ]
    single = [answered(served, i, row, unit="ada", step=2, release=5) for i, row in enumerate(rows)]
    tables = [
        answered(served, i, row, unit="ada", step=2, release=5, rows=pl.DataFrame([row]))
        for i, row in enumerate(rows)
    ]
    found = lay_out(served, single)
    assert found.equals(lay_out(served, tables))
    first = found.row(0, named=True)
    assert first["request_id"] == "r0"
    assert (first["time"], first["unit"], first["arm"]) == (BEGAN, "ada", "champion")
    assert (first["release"], first["step"], first["latency_ms"]) == (5, 2, 0.5)
    assert (first["feature.amount"], first["feature.channel"]) == (1200.5, "web")
    assert first["feature.at"].isoformat() == "2026-03-01T12:00:00"
    assert first["asked.loan"] == "17"
    assert first["prediction"] in ("paid", "lost")
    assert first["action"] in ("approve", "review", "block")
    assert sum(first["scores"]) == pytest.approx(1)
    assert found.row(1, named=True)["feature.amount"] is None


def test_values_that_are_not_of_their_kind_lie_as_the_model_read_them(
    serving: Callable[..., Served],
) -> None:
    served = serving("loans", loans())
    odd = {"amount": "12.5", "channel": 7, "new": "yes", "at": 1772366400, "note": True}
    found = lay_out(served, [answered(served, 0, LOAN), answered(served, 1, odd)])
    assert found["feature.amount"].to_list() == [1200.5, 12.5]
    assert found["feature.channel"].to_list() == ["web", "7"]
    assert found["feature.new"].to_list() == [True, True]
    assert found["feature.note"].to_list() == ["paid in full", "true"]
    assert found["feature.at"][0] == found["feature.at"][1]


def test_many_rows_of_a_request_are_numbered(serving: Callable[..., Served]) -> None:
    served = serving("houses", houses())
    rows = pl.DataFrame({"area": [80.0, 90.0, 100.0], "is_old": [True, False, None], "hour": 9.0})
    prediction = Prediction(np.array([1.0, 2.0, 3.0]))
    many = Answered(served, "r", BEGAN, rows, prediction, 1.0)
    found = lay_out(served, [many, answered_house(served), many])
    assert found["row"].to_list() == [0, 0, 0, 1, 1, 2, 2]
    assert found.filter(request_id="r")["prediction"].to_list() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    assert "scores" not in found.columns


def answered_house(served: Served) -> Answered:
    row = {"area": 50.0, "is_old": True, "hour": 1.0}
    return Answered(served, "one", BEGAN, row, Prediction(np.array([5.0])), 1.0)


def test_a_failure_lies_without_an_answer(serving: Callable[..., Served]) -> None:
    served = serving("visits", visits())
    failed = Answered(served, "r", BEGAN, {}, None, 2.0, error="the graph failed")
    row = {"pages": 3, "seconds": 1.0, "browser": "fox"}
    found = lay_out(served, [failed, answered(served, 1, row)])
    assert found["error"].to_list() == ["the graph failed", None]
    assert found["prediction"].to_list() == [None, "normal"]
    assert found["scores"].list.len().to_list() == [None, 1]
    assert found["feature.pages"].to_list() == [None, 3.0]


def test_a_list_lies_with_its_items_and_scores() -> None:
    inputs = (describe_input(Column("user", Kind.CATEGORY), optional=True),)
    outputs = (Output("top", "INT64", (-1, 2), ""),)
    listing = Listing("rank", 2, "user", "item")
    signature = Signature(TaskName.RECOMMEND, inputs, (), outputs, listing=listing)
    layout = Layout(signature, {}, KEY)
    shown = ((Shown("m7", 0.9), Shown("m3", 0.5)), ())
    prediction = Prediction(np.array([[0.9, 0.5], [-np.inf, -np.inf]]), lists=shown)
    rows = pl.DataFrame({"user": ["ada", "bob"]})
    (batch,) = layout.lay_out([Answered(None, "r", BEGAN, rows, prediction, 1.0)])  # type: ignore[arg-type]
    found = pl.DataFrame(batch)
    assert found["items"].to_list() == [["m7", "m3"], []]
    assert found["scores"].to_list() == [[0.9, 0.5], []]
    assert found["feature.user"].to_list() == ["ada", "bob"]


def test_private_columns_are_pseudonyms_or_not_there(serving: Callable[..., Served]) -> None:
    served = serving(
        "loans",
        loans(),
        data={"loans": {"table": "l.csv", "key": "loan"}},
        entities={"customer": "customer_id"},
        private={"channel": "pseudonym", "note": "leave out", "customer_id": "pseudonym"},
    )
    row = {**LOAN, "loan": 1, "customer_id": 42}
    for rows in (row, pl.DataFrame([row])):
        error = Answered(served, "e", BEGAN, row, None, 1.0, error="no customer 42 known")
        found = lay_out(served, [answered(served, 1, row, rows=rows, unit="42"), error])
        held = found.filter(request_id="r1").row(0, named=True)
        assert "feature.note" not in found.columns
        assert len(held["feature.channel"]) == 32
        assert held["asked.customer_id"] == held["unit"] != "42"
        assert held["asked.loan"] == "1"
        assert found.filter(request_id="e")["error"].to_list() == ["no customer ... known"]


def test_what_was_dropped_is_a_row(serving: Callable[..., Served]) -> None:
    served = serving("houses", houses())
    layout = Layout(served.signature, {}, KEY)
    found = pl.DataFrame(layout.drops(BEGAN, "challenger", 3, 1, 17)).row(0, named=True)
    assert (found["arm"], found["release"], found["step"]) == ("challenger", 3, 1)
    assert (found["dropped"], found["prediction"]) == (17, None)

"""Features that see labels before anybody knew them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from keel.data.table import Column, Table
from keel.evaluate.leakage.finding import Severity
from keel.evaluate.leakage.known_time import find_unknown_times
from keel.features.plan import FeaturePlan, plan_features
from keel.features.tables import EventTable
from keel.spec.kinds import Kind
from keel.spec.system import System

START = dt.datetime(2026, 1, 1)
COLUMNS = (
    Column("id", Kind.CATEGORY),
    Column("at", Kind.TIME),
    Column("reported_at", Kind.TIME),
    Column("shop", Kind.CATEGORY),
    Column("fraud", Kind.BOOLEAN),
)
TABLE = EventTable("payments", COLUMNS, "id", "at", entities={"shop": "shop"})


Later = Callable[[float], Table]


@pytest.fixture
def later(tmp_path: Path) -> Later:
    """Payments that were written down so many days after they happened."""

    def written(days: float) -> Table:
        at = [START + dt.timedelta(hours=i) for i in range(100)]
        frame = pl.DataFrame({"at": at, "fraud": [False] * 100})
        reported_at = frame["at"] + dt.timedelta(days=days)
        path = tmp_path / "payments.arrow"
        frame.with_columns(reported_at.alias("reported_at")).write_ipc(path)
        return Table(path, COLUMNS, 100, "payments")

    return written


def plan(text: str) -> FeaturePlan:
    return plan_features({"risk": text}, COLUMNS[:4], {"payments": TABLE})


def system(**label: str) -> System:
    data = {"payments": {"table": "payments.csv", "key": "id", "time": "at"}}
    said = {"column": "fraud", **label}
    return System.model_validate({"system": "pay", "data": data, "label": said})


RISK = plan("mean(fraud) over 28d by shop")


def test_labels_that_were_written_down_later_are_under_suspicion(later: Later) -> None:
    (found,) = find_unknown_times(RISK, later(3), system())
    assert found.severity is Severity.SUSPECT
    assert "risk see fraud as if it was known at at, but reported_at comes 3 days" in found.evidence
    assert "known_after" in found.advice


def test_without_a_time_of_writing_it_is_worth_a_note(later: Later) -> None:
    (found,) = find_unknown_times(RISK, later(0), system())
    assert found.severity is Severity.NOTE


def test_a_label_that_is_declared_to_come_late_is_fine(later: Later) -> None:
    assert not find_unknown_times(RISK, later(3), system(known_after="7d"))


def test_features_that_see_no_label_are_fine(later: Later) -> None:
    assert not find_unknown_times(plan("count() over 1d by shop"), later(3), system())

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from keel.clock import system_clock
from keel.registry.audit import list_audit
from keel.registry.version import Version
from keel.releases.rollback import rollback

Add = Callable[..., Version]


def test_every_act_is_on_record_with_who_and_when(add: Add, engine: Engine) -> None:
    add()
    add(passes=False)
    add()
    rollback(engine, "fraud", lambda: datetime(2026, 4, 1, tzinfo=UTC), actor="grace")
    acts = list_audit(engine, "fraud")
    assert [(act.actor, act.action, act.number) for act in acts] == [
        ("ada", "register", 1),
        ("ada", "register", 2),
        ("ada", "register", 3),
        ("grace", "rollback", 1),
    ]
    assert [act.details.get("status") for act in acts] == ["champion", "held", "champion", None]
    assert acts[-1].at == datetime(2026, 4, 1, tzinfo=UTC)
    assert acts[-1].details == {"champion_before": 3}
    assert list_audit(engine, "churn") == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "UPDATE audit SET id = id + 1",
    ],
)
def test_the_trail_refuses_to_be_changed(add: Add, engine: Engine, statement: str) -> None:
    add()
    before = list_audit(engine, "fraud")
    with (
        pytest.raises(DBAPIError, match="the audit trail only grows"),
        engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert list_audit(engine, "fraud") == before


def test_no_row_can_be_put_in_place_of_another(add: Add, engine: Engine) -> None:
    add()
    replace = {
        "sqlite": "INSERT OR REPLACE INTO audit SELECT id, at, 'nobody', action, system, number, "
        "details FROM audit",
        "postgresql": "TRUNCATE audit",
    }[engine.dialect.name]
    with (
        pytest.raises(DBAPIError, match="the audit trail only grows"),
        engine.begin() as connection,
    ):
        connection.exec_driver_sql(replace)
    assert [act.actor for act in list_audit(engine, "fraud")] == ["ada"]


def test_acts_keep_their_order_whatever_the_clock_says(add: Add, engine: Engine) -> None:
    add()
    add()
    rollback(engine, "fraud", lambda: datetime(1999, 1, 1, tzinfo=UTC), actor="ada")
    assert [act.action for act in list_audit(engine, "fraud")] == ["register"] * 2 + ["rollback"]
    assert system_clock().tzinfo is UTC

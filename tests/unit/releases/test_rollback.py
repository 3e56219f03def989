from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from keel.clock import system_clock
from keel.errors import NotFound
from keel.registry.audit import list_audit
from keel.registry.find import champion, find
from keel.registry.version import Version
from keel.releases.rollback import rollback

Add = Callable[..., Version]

fresh = count()


def back(engine: Engine, system: str = "fraud") -> int:
    return rollback(engine, system, system_clock, actor="ada").champion


def test_rolling_back_again_and_again_walks_down_to_the_first_champion(
    add: Add, engine: Engine
) -> None:
    for _ in range(3):
        add()
    assert back(engine) == 2
    assert find(engine, "fraud@previous").number == 1
    assert back(engine) == 1
    with pytest.raises(NotFound, match="had no champion before 1"):
        back(engine)
    assert find(engine, "fraud").number == 1
    with pytest.raises(NotFound, match="no previous"):
        find(engine, "fraud@previous")


def test_a_version_that_was_rolled_back_is_not_come_back_to(add: Add, engine: Engine) -> None:
    for _ in range(3):
        add()
    back(engine)
    assert add().number == 4
    assert find(engine, "fraud@previous").number == 2
    assert back(engine) == 2


def test_a_held_version_is_no_part_of_the_history(add: Add, engine: Engine) -> None:
    add()
    add(passes=False)
    add()
    assert back(engine) == 1


@pytest.mark.parametrize("passes", [None, False])
def test_without_a_champion_there_is_nothing_to_roll_back(
    add: Add, engine: Engine, passes: bool | None
) -> None:
    if passes is not None:
        add(passes=passes)
    with pytest.raises(NotFound, match=r"no champion|no system 'fraud'"):
        back(engine)
    assert len(list_audit(engine, "fraud")) == (0 if passes is None else 1)


def test_other_systems_keep_their_champions(add: Add, engine: Engine) -> None:
    for system in ("fraud", "churn", "fraud", "churn"):
        add(system=system)
    back(engine, "churn")
    assert (find(engine, "fraud").number, find(engine, "churn").number) == (2, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["passes", "held", "back"]), max_size=8))
def test_the_champion_is_the_top_of_a_stack(add: Add, engine: Engine, acts: list[str]) -> None:
    system = f"s{next(fresh)}"
    stack: list[int] = []
    for act in acts:
        if act == "back":
            if len(stack) > 1:
                stack.pop()
                assert back(engine, system) == stack[-1]
            else:
                with pytest.raises(NotFound):
                    back(engine, system)
        else:
            version = add(system=system, passes=act == "passes")
            if act == "passes":
                stack.append(version.number)
        now = champion(engine, system)
        assert (now and now.number) == (stack[-1] if stack else None)

"""A release moves by what the answers of its versions show."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.engine import Engine

from keel.metrics.evidence import Evidence
from keel.registry.find import find
from keel.registry.version import Version
from keel.releases.begin import begin_aa, begin_ab, begin_release
from keel.releases.find_release import in_flight, list_releases
from keel.releases.release import Release, State
from keel.releases.rollback import rollback
from keel.respond.decide import Response
from keel.respond.release_controller import ReleaseController, controlling
from keel.spec.kinds import TaskName
from keel.spec.release import parse_steps
from keel.spec.system import System

Add = Callable[..., Version]

DECLARED = {
    "system": "fraud",
    "data": {"rows": {"table": "rows.csv"}},
    "label": {"column": "fraud"},
    "promises": ["accuracy >= 0.8"],
}


class Traffic:
    """Answers of each arm: how many, and which share of them is right."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.right: dict[str, float] = {}
        self.n = 2000

    def clock(self) -> datetime:
        return self.now

    def gather(self, release: Release, _system: System) -> Mapping[str, Evidence]:
        return {name: self.arm(right, release.step) for name, right in self.right.items()}

    def arm(self, right: float, step: int) -> Evidence:
        label = np.arange(self.n) % 2
        answered = np.where(np.arange(self.n) < right * self.n, label, 1 - label)
        steps = np.full(self.n, step)
        return Evidence(
            TaskName.CLASSIFY,
            np.stack([1.0 - answered, answered], axis=1),
            label,
            "simulated",
            classes=("no", "yes"),
            decision=answered,
            step=steps,
            latency_ms=np.full(self.n, 2.0),
            failed=np.zeros(self.n, dtype=bool),
            request_step=steps,
        )


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def controller(engine: Engine, traffic: Traffic) -> ReleaseController:
    return ReleaseController(engine, traffic.gather, traffic.clock)


def begin(add: Add, engine: Engine, traffic: Traffic, steps: str) -> None:
    add(declaration=DECLARED)
    add(declaration=DECLARED, at_once=False)
    begin_release(engine, "fraud", 2, parse_steps(steps), traffic.clock, actor="ada")


def test_a_good_version_becomes_champion_step_by_step(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    begin(add, engine, traffic, "shadow 1ms, 5% 1ms, 100%")
    traffic.right = {"champion": 0.9, "challenger": 0.95, "shadow": 0.95}
    for _ in range(2):
        time.sleep(0.002)
        controller.look()
        time.sleep(0.002)
        ((_, decision),) = controller.look()
        assert decision.response is Response.GO_ON
    assert find(engine, "fraud").number == 2
    (release,) = list_releases(engine, "fraud")
    assert release.state is State.DONE
    assert [verdict.outcome for verdict in release.verdicts if "accuracy" in verdict.promise] == [
        "kept"
    ]
    assert controller.look() == ()


def test_a_bad_version_is_rolled_back_with_the_reason(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    begin(add, engine, traffic, "5% 1h, 100%")
    traffic.right = {"champion": 0.9, "challenger": 0.6}
    ((_, decision),) = controller.look()
    assert decision.response is Response.ROLL_BACK
    assert find(engine, "fraud").number == 1
    (release,) = list_releases(engine, "fraud")
    assert release.state is State.ROLLED_BACK
    assert release.reason.startswith("accuracy >= 0.8: 2,000 labelled answers: 0.6")


def test_a_clock_that_is_set_forward_ends_no_step(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    begin(add, engine, traffic, "5% 1h, 100%")
    traffic.right = {"champion": 0.9, "challenger": 0.95}
    controller.look()
    traffic.now += timedelta(days=300)
    ((_, decision),) = controller.look()
    assert decision.response is Response.STAY


def test_a_step_that_ended_while_nobody_looked_is_over(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    begin(add, engine, traffic, "5% 1h, 100%")
    traffic.right = {"champion": 0.9, "challenger": 0.95}
    traffic.now += timedelta(hours=2)
    ((_, decision),) = controller.look()
    assert decision.response is Response.GO_ON


def test_two_controllers_make_each_move_once(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    begin(add, engine, traffic, "5% 1h, 25% 1h, 100%")
    traffic.right = {"champion": 0.9, "challenger": 0.95}
    traffic.now += timedelta(hours=2)
    seen = in_flight(engine, "fraud")
    other = ReleaseController(engine, _look_meanwhile(traffic, controller), traffic.clock)
    assert other.look() == (), "what the other decided was about a step that is over"
    release = in_flight(engine, "fraud")
    assert release is not None
    assert seen is not None
    assert release.step == seen.step + 1


def _look_meanwhile(traffic: Traffic, controller: ReleaseController):  # type: ignore[no-untyped-def]
    def gather(release: Release, system: System) -> Mapping[str, Evidence]:
        controller.look()
        return traffic.gather(release, system)

    return gather


def test_one_release_that_cannot_be_looked_at_holds_no_other(
    add: Add, engine: Engine, traffic: Traffic
) -> None:
    for name in ("churn", "fraud"):
        declared = DECLARED | {"system": name}
        add(system=name, declaration=declared)
        add(system=name, declaration=declared, at_once=False)
        steps = parse_steps("5% 1h, 100%")
        begin_release(engine, name, 2, steps, traffic.clock, actor="ada")

    def gather(release: Release, system: System) -> Mapping[str, Evidence]:
        if release.system == "churn":
            raise RuntimeError("a broken file")
        return traffic.gather(release, system)

    traffic.right = {"champion": 0.9, "challenger": 0.5}
    ((release, decision),) = ReleaseController(engine, gather, traffic.clock).look()
    assert (release.system, decision.response) == ("fraud", Response.ROLL_BACK)


def test_of_versions_side_by_side_the_one_that_breaks_a_promise_is_named(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    for _ in range(3):
        add(declaration=DECLARED, at_once=False)
    begin_ab(engine, "fraud", {1: 0.4, 2: 0.3, 3: 0.3}, traffic.clock, actor="ada")
    traffic.right = {"fraud@1": 0.9, "fraud@2": 0.95, "fraud@3": 0.4}
    ((_, decision),) = controller.look()
    assert decision.response is Response.ROLL_BACK
    assert decision.reason.startswith("fraud@3: accuracy >= 0.8")


def test_the_champion_beside_itself_stays(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    add(declaration=DECLARED)
    begin_aa(engine, "fraud", traffic.clock, actor="ada")
    traffic.right = {"a": 0.9, "b": 0.9}
    ((_, decision),) = controller.look()
    assert decision.response is Response.STAY
    rollback(engine, "fraud", traffic.clock, actor="ada")


def test_looking_goes_on_in_a_thread(
    add: Add, engine: Engine, traffic: Traffic, controller: ReleaseController
) -> None:
    begin(add, engine, traffic, "5% 1h, 100%")
    traffic.right = {"champion": 0.9, "challenger": 0.6}
    with controlling(controller, every_s=0.01):
        deadline = time.monotonic() + 20
        while in_flight(engine, "fraud") is not None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert list_releases(engine, "fraud")[0].state is State.ROLLED_BACK

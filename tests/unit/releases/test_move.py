"""Releases begin, move and end: who answers then, and what is on record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from keel.errors import Conflict, InputError, NotFound, NotReady
from keel.promises.verdict import Outcome, Verdict
from keel.registry.audit import list_audit
from keel.registry.find import find
from keel.registry.version import Version
from keel.releases.begin import begin_aa, begin_ab, begin_release
from keel.releases.find_release import in_flight, list_releases
from keel.releases.move import ask, end, extend, go_on, note_look
from keel.releases.release import Kind, Release, State
from keel.releases.rollback import rollback
from keel.releases.routing import read_revision, read_routing
from keel.spec.release import AT_ONCE, parse_steps

Add = Callable[..., Version]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEPS = parse_steps("shadow 10m, 5% 1h, 25% 2h, 100%")


def noon() -> datetime:
    return NOON


def two(add: Add) -> None:
    add()
    add(at_once=False)


def begin(engine: Engine, number: int = 2) -> Release:
    return begin_release(engine, "fraud", number, STEPS, noon, actor="ada")


def on(engine: Engine, release: Release) -> Release:
    return go_on(engine, release, noon, actor="keel", reason="all promises are kept")


def test_a_release_takes_over_step_by_step(add: Add, engine: Engine) -> None:
    two(add)
    release = begin(engine)
    assert find(engine, "fraud@challenger").number == 2
    split = read_routing(engine).split("fraud")
    assert [route.number for route in split.routes] == [1]
    assert split.shadow is not None
    assert (split.shadow.number, split.shadow.arm) == (2, "shadow")
    release = on(engine, release)
    assert release.step_ends_at == NOON + timedelta(hours=1)
    split = read_routing(engine).split("fraud")
    assert split.shadow is None
    assert [(arm.name, arm.number, arm.share) for arm in split.arms] == [
        ("challenger", 2, 0.05),
        ("champion", 1, 0.95),
    ]
    assert find(engine, "fraud").number == 1
    release = on(engine, on(engine, release))
    assert release.state is State.DONE
    assert in_flight(engine, "fraud") is None
    assert find(engine, "fraud").number == 2
    assert find(engine, "fraud@previous").number == 1
    split = read_routing(engine).split("fraud")
    assert (split.champion.number, split.routes) == (2, ())
    with pytest.raises(NotFound, match="no challenger"):
        find(engine, "fraud@challenger")


def test_every_move_is_on_record_and_makes_a_new_revision(add: Add, engine: Engine) -> None:
    two(add)
    revisions = [read_revision(engine)]
    release = begin(engine)
    revisions.append(read_revision(engine))
    release = extend(engine, release, noon, actor="keel", reason="undecided")
    revisions.append(read_revision(engine))
    release = ask(engine, release, noon, actor="keel", reason="still undecided")
    revisions.append(read_revision(engine))
    release = on(engine, release)
    revisions.append(read_revision(engine))
    end(
        engine,
        release,
        noon,
        actor="keel",
        reason="recall is broken",
        state=State.ROLLED_BACK,
    )
    revisions.append(read_revision(engine))
    assert revisions == sorted(set(revisions))
    acts = list_audit(engine, "fraud")[2:]
    assert [(act.actor, act.action, act.number) for act in acts] == [
        ("ada", "release", 2),
        ("keel", "release extended", 2),
        ("keel", "release asks", 2),
        ("keel", "release step", 2),
        ("keel", "release rolled back", 2),
    ]
    assert acts[-1].details["reason"] == "recall is broken"


def test_a_step_lasts_longer_when_it_is_extended(add: Add, engine: Engine) -> None:
    two(add)
    release = extend(engine, begin(engine), noon, actor="keel", reason="undecided")
    assert (release.extended, release.step) == (1, 0)
    assert release.step_ends_at == NOON + timedelta(minutes=10)
    assert on(engine, release).extended == 0


def test_a_release_that_was_rolled_back_leaves_the_champion(add: Add, engine: Engine) -> None:
    two(add)
    begin(engine)
    done = rollback(engine, "fraud", noon, actor="ada")
    assert done.champion == 1
    assert done.ended is not None
    assert (done.ended.state, done.ended.reason) == (State.ROLLED_BACK, "a person said so")
    assert read_routing(engine).split("fraud").routes == ()
    assert [release.state for release in list_releases(engine, "fraud")] == [State.ROLLED_BACK]


def test_what_was_decided_about_another_state_is_refused(add: Add, engine: Engine) -> None:
    two(add)
    release = begin(engine)
    moved = on(engine, release)
    with pytest.raises(Conflict, match=r"is at 5% 1h \(running\) meanwhile"):
        on(engine, release)
    rollback(engine, "fraud", noon, actor="ada")
    with pytest.raises(Conflict, match="has ended meanwhile"):
        on(engine, moved)
    assert find(engine, "fraud").number == 1


def test_one_step_makes_a_version_the_champion_at_once(add: Add, engine: Engine) -> None:
    two(add)
    release = begin_release(engine, "fraud", 2, AT_ONCE, noon, actor="ada")
    assert release.state is State.DONE
    assert find(engine, "fraud").number == 2
    assert rollback(engine, "fraud", noon, actor="ada").champion == 1


def test_what_cannot_be_released_is_told_why(add: Add, engine: Engine) -> None:
    add(passes=False)
    with pytest.raises(NotReady, match="no champion to compare with"):
        begin(engine, 1)
    add()
    with pytest.raises(Conflict, match="fraud@1 is held: it did not keep its promises"):
        begin(engine, 1)
    with pytest.raises(Conflict, match="fraud@2 is the champion already"):
        begin(engine, 2)
    with pytest.raises(NotFound, match="no version fraud@9"):
        begin(engine, 9)
    add(at_once=False)
    add(at_once=False)
    begin(engine, 3)
    with pytest.raises(Conflict, match=r"release of fraud@3 is in flight \(shadow 10min\)"):
        begin(engine, 4)


def test_versions_answer_side_by_side(add: Add, engine: Engine) -> None:
    two(add)
    release = begin_ab(engine, "fraud", {1: 0.5, 2: 0.5}, noon, actor="ada")
    assert (release.kind, release.step_ends_at) == (Kind.AB, None)
    assert str(release) == "A/B of fraud@2 50%, fraud@1 50%"
    split = read_routing(engine).split("fraud")
    assert [route.arm for route in split.routes] == ["fraud@2", "fraud@1"]
    assert {split.choose(f"unit {i}").number for i in range(100)} == {1, 2}


def test_shares_that_do_not_sum_to_one_are_refused(add: Add, engine: Engine) -> None:
    two(add)
    for shares in ({1: 0.5, 2: 0.6}, {1: 1.0, 2: 0.0}, {1: float("nan"), 2: 0.5}):
        with pytest.raises(InputError, match="sum to 100 %"):
            begin_ab(engine, "fraud", shares, noon, actor="ada")
    with pytest.raises(InputError, match="needs two versions"):
        begin_ab(engine, "fraud", {2: 1.0}, noon, actor="ada")


def test_the_champion_may_be_compared_with_itself(add: Add, engine: Engine) -> None:
    add()
    release = begin_aa(engine, "fraud", noon, actor="ada", lasts=timedelta(days=7))
    assert release.step_ends_at == NOON + timedelta(days=7)
    split = read_routing(engine).split("fraud")
    assert {(route.arm, route.number) for route in split.routes} == {("a", 1), ("b", 1)}
    ended = end(engine, release, noon, actor="keel", reason="its time is over", state=State.ENDED)
    assert ended.state is State.ENDED
    assert find(engine, "fraud").number == 1


def test_a_release_beside_a_former_champion_decides_nothing(add: Add, engine: Engine) -> None:
    two(add)
    begin(engine)
    add()
    split = read_routing(engine).split("fraud")
    assert (split.champion.number, split.routes, split.shadow) == (3, (), None)


def test_what_a_look_found_can_be_read_again(add: Add, engine: Engine) -> None:
    two(add)
    release = begin(engine)
    verdict = Verdict("recall >= 0.5", Outcome.UNDECIDED, "few labels", 0.6, 0.4, 0.8, 12, True)
    note_look(engine, release, noon, [verdict])
    found = in_flight(engine, "fraud")
    assert found is not None
    assert (found.verdicts, found.looked_at) == ((verdict,), NOON)

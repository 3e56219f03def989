from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keel.promises.verdict import Outcome, Verdict
from keel.releases.release import Arm, Kind, Release, State
from keel.respond.decide import LEAST_ANSWERS, Response, Seen, decide
from keel.spec.release import parse_steps

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RELEASE = Release(
    id=1,
    system="fraud",
    kind=Kind.STEPS,
    state=State.RUNNING,
    champion=7,
    arms=(Arm("challenger", 8, 1.0),),
    steps=parse_steps("5% 1h, 100%"),
    step=0,
    step_began_at=NOON,
    step_ends_at=NOON,
    extended=0,
    salt="s",
    actor="ada",
    began_at=NOON,
)
KEPT = Verdict("recall >= 0.5", Outcome.KEPT, "0.8", 0.8, 0.7, 0.9, 90, True)
BROKEN = Verdict("recall >= 0.5", Outcome.BROKEN, "none of it", 0.3, 0.2, 0.4, 90)
WRONG_SIDE = Verdict("recall >= 0.5", Outcome.UNDECIDED, "unsettled", 0.4, 0.2, 0.6, 90, False)
RIGHT_SIDE = replace(WRONG_SIDE, value=0.55, right_side=True)
PENDING = Verdict("recall >= 0.5", Outcome.PENDING, "no case has a label")


def look(*verdicts: Verdict, answers: int = 100, over: bool = True, strict: int = 0) -> Seen:
    return Seen(verdicts, verdicts if over else None, answers, 7, strict)


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("state", [State.RUNNING, State.ASKING])
def test_a_broken_promise_rolls_back_at_once(over: bool, state: State) -> None:
    decision = decide(replace(RELEASE, state=state), look(KEPT, BROKEN, over=over))
    assert decision.response is Response.ROLL_BACK
    assert decision.reason == "recall >= 0.5: none of it"


def test_before_its_end_a_step_is_left_alone() -> None:
    assert decide(RELEASE, look(WRONG_SIDE, over=False)).response is Response.STAY


@pytest.mark.parametrize("verdict", [KEPT, RIGHT_SIDE, PENDING])
def test_a_step_that_passes_moves_on_at_its_end(verdict: Verdict) -> None:
    decision = decide(RELEASE, look(verdict))
    assert decision.response is Response.GO_ON
    assert str(verdict.outcome) in decision.reason


@pytest.mark.parametrize(
    ("extended", "response"), [(0, Response.EXTEND), (1, Response.EXTEND), (2, Response.ASK)]
)
def test_a_step_that_does_not_pass_is_extended_twice_and_then_asks(
    extended: int, response: Response
) -> None:
    release = replace(RELEASE, extended=extended)
    for seen in (look(WRONG_SIDE), look(RIGHT_SIDE, strict=1), look(KEPT, answers=3)):
        assert decide(release, seen).response is response


def test_what_is_broken_at_the_end_of_a_step_alone_is_no_ground_to_roll_back() -> None:
    seen = replace(look(RIGHT_SIDE), at_end=(BROKEN,))
    assert decide(RELEASE, seen).response is Response.EXTEND


def test_bars_that_every_release_has_need_not_be_settled_where_promises_must_be() -> None:
    assert decide(RELEASE, look(KEPT, RIGHT_SIDE, strict=1)).response is Response.GO_ON
    assert decide(RELEASE, look(RIGHT_SIDE, KEPT, strict=1)).response is Response.EXTEND


def test_a_person_who_was_asked_is_waited_for() -> None:
    assert decide(replace(RELEASE, state=State.ASKING), look(KEPT)).response is Response.STAY


def test_a_version_that_was_hardly_asked_has_shown_nothing() -> None:
    decision = decide(RELEASE, look(KEPT, answers=LEAST_ANSWERS - 1))
    assert decision.response is Response.EXTEND
    assert "fraud@8 gave 29 answers" in decision.reason


@pytest.mark.parametrize("kind", [Kind.AB, Kind.AA])
def test_versions_side_by_side_end_when_their_time_is_over(kind: Kind) -> None:
    release = replace(RELEASE, kind=kind)
    assert decide(release, look(WRONG_SIDE)).response is Response.END
    assert decide(release, look(KEPT, over=False)).response is Response.STAY
    assert decide(release, look(BROKEN, over=False)).response is Response.ROLL_BACK


def test_a_release_beside_a_former_champion_ends() -> None:
    decision = decide(RELEASE, replace(look(KEPT, over=False), champion=9))
    assert decision.response is Response.END
    assert "fraud@9 is" in decision.reason

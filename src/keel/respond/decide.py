"""What becomes of a release, given what a look at its evidence found."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from keel.promises.judge import passes
from keel.promises.verdict import Outcome, Verdict
from keel.releases.release import MOST_EXTENSIONS, Kind, Release, State

LEAST_ANSWERS = 30
"""Of the version that is released, in one step: fewer show nothing about it."""


class Response(StrEnum):
    """What is done about a release."""

    STAY = "stay"
    GO_ON = "go on"
    EXTEND = "extend"
    ASK = "ask"
    ROLL_BACK = "roll back"
    END = "end"


@dataclass(frozen=True)
class Seen:
    """What was seen of a release. verdicts: of its promises and then of the bars that every release
    has, on all answers since it began. at_end: the same where the step's time is over, as they are
    held then, else None. answers: of the version that is released, in this step. champion: the one
    in force. strict: how many of the verdicts must be kept, from the first."""

    verdicts: tuple[Verdict, ...]
    at_end: tuple[Verdict, ...] | None
    answers: int
    champion: int
    strict: int = 0


@dataclass(frozen=True)
class Decision:
    """What is done, and why, in one sentence."""

    response: Response
    reason: str = ""


def decide(release: Release, seen: Seen) -> Decision:
    """A broken promise rolls back at once; the end of a step needs all of them to pass.

    A step that does not pass lasts again, twice; then a person is asked.
    """
    if seen.champion != release.champion:
        now = f"{release.system}@{seen.champion}"
        return Decision(
            Response.END, f"the champion it was compared with is not any more: {now} is"
        )
    broken = [verdict for verdict in seen.verdicts if verdict.outcome is Outcome.BROKEN]
    if broken:
        told = "; ".join(f"{verdict.promise}: {verdict.reason}" for verdict in broken)
        return Decision(Response.ROLL_BACK, told)
    if release.state is State.ASKING or seen.at_end is None:
        return Decision(Response.STAY)
    if release.kind is not Kind.STEPS:
        return Decision(Response.END, "its time is over, and nothing was broken")
    obstacle = _obstacle(release, seen.at_end, seen)
    if obstacle is None:
        return Decision(Response.GO_ON, _kept(seen.at_end))
    if release.extended < MOST_EXTENSIONS:
        return Decision(Response.EXTEND, obstacle)
    return Decision(Response.ASK, f"{obstacle}; extended {release.extended} times already")


def _obstacle(release: Release, verdicts: Sequence[Verdict], seen: Seen) -> str | None:
    if seen.answers < LEAST_ANSWERS:
        return (
            f"{release.system}@{release.challenger} gave {seen.answers} answers in this step; "
            f"{LEAST_ANSWERS} are the least to go by"
        )
    wrong = [
        f"{verdict.promise}: {verdict.reason}"
        for place, verdict in enumerate(verdicts)
        if not passes((verdict,), strict=place < seen.strict)
    ]
    return "; ".join(wrong) or None


def _kept(verdicts: Sequence[Verdict]) -> str:
    counted = {
        outcome: sum(verdict.outcome is outcome for verdict in verdicts) for outcome in Outcome
    }
    told = [f"{count} {outcome}" for outcome, count in counted.items() if count]
    return f"nothing is broken: {', '.join(told) or 'nothing was promised'}"

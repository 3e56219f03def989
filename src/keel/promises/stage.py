"""Where a promise is held against evidence, and which kinds can be judged there."""

from enum import StrEnum

from keel.spec.promise import Promise


class Stage(StrEnum):
    """A version before it is released, a share of the traffic, all of it."""

    TRAINING = "training"
    CANARY = "canary"
    LIVE = "live"


JUDGED: dict[str, frozenset[Stage]] = {
    "measure": frozenset(Stage),
    "beats_champion": frozenset({Stage.TRAINING, Stage.CANARY}),
    "no_leakage": frozenset({Stage.TRAINING}),
}

ELSEWHERE: dict[str, str] = {
    "beats_champion": "judged against a champion before the version takes all traffic",
    "no_leakage": "judged when a version is trained",
}


def not_here(promise: Promise, stage: Stage) -> str | None:
    """Why this stage cannot judge the promise, or None."""
    return None if stage in JUDGED[promise.kind] else ELSEWHERE[promise.kind]

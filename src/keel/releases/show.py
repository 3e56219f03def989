"""A release as it is shown, over HTTP, on the command line, and in a sentence."""

from datetime import datetime

import msgspec

from keel.promises.verdict import Verdict
from keel.releases.release import Kind, Release
from keel.spec.release import format_steps


class ShownArm(msgspec.Struct, frozen=True):
    """A version, the name that its answers are logged with, and its share of the units: 0 for one
    in shadow."""

    arm: str
    version: int
    share: float


class ShownRelease(msgspec.Struct, frozen=True):
    """A release. step: its place in `steps`, from 0. extended: how often this step was. verdicts:
    of the last look. reason: why it is in its state."""

    release: int
    system: str
    what: str
    kind: str
    state: str
    reason: str
    champion: int
    arms: list[ShownArm]
    steps: list[str]
    step: int
    extended: int
    actor: str
    began_at: datetime
    step_began_at: datetime
    step_ends_at: datetime | None
    ended_at: datetime | None
    looked_at: datetime | None
    verdicts: tuple[Verdict, ...]


class ShownRollback(msgspec.Struct, frozen=True):
    """champion: the number of what answers now. ended: the release that was in flight, if any."""

    system: str
    champion: int
    ended: ShownRelease | None


def shown(release: Release) -> ShownRelease:
    """`release` as it is shown."""
    arms = (*release.live, *(() if release.shadow is None else (release.shadow,)))
    return ShownRelease(
        release.id,
        release.system,
        str(release),
        str(release.kind),
        str(release.state),
        release.reason,
        release.champion,
        [ShownArm(arm.name, arm.number, arm.share) for arm in arms],
        [str(step) for step in release.steps],
        release.step,
        release.extended,
        release.actor,
        release.began_at,
        release.step_began_at,
        release.step_ends_at,
        release.ended_at,
        release.looked_at,
        release.verdicts,
    )


def told(release: Release) -> str:
    """A release in one sentence, as it begins."""
    if not release.in_flight:
        return f"{release.system}@{release.challenger} is champion now"
    if release.kind is Kind.STEPS:
        return f"{release} has begun: {format_steps(release.steps)}"
    until = release.step_ends_at
    end = "until it is ended" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
    return f"{release} has begun, {end}"

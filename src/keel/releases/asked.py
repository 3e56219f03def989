"""What a person asks for, as a release: `fraud@8`, `fraud@7=50 fraud@8=50`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.engine import Engine

from keel.clock import Clock
from keel.errors import InputError
from keel.registry.find import find
from keel.registry.version import Status, Version
from keel.releases.begin import begin_aa, begin_ab, begin_release
from keel.releases.release import Kind, Release
from keel.releases.require_state import Check
from keel.spec.release import AT_ONCE, Step, parse_steps
from keel.spec.tokens import GrammarError


@dataclass(frozen=True)
class Asked:
    """reference: a system, or one of its versions. steps: as text; else the declared ones. arms: of
    an A/B, `SYSTEM@NUMBER=SHARE` each, the shares in percent. lasts: of an A/B or an A/A."""

    reference: str
    kind: Kind = Kind.STEPS
    steps: str | None = None
    arms: Sequence[str] = field(default_factory=tuple)
    lasts: timedelta | None = None


def release_as_asked(
    engine: Engine, asked: Asked, clock: Clock, *, actor: str, check: Check | None = None
) -> Release:
    """Begin what is asked for. check: of each version that is to answer. Raises InputError saying
    what is wrong with it, what `keel.releases.begin` raises, and what `check` does."""
    system = asked.reference.partition("@")[0]
    if asked.steps is not None and asked.kind is not Kind.STEPS:
        raise InputError("steps are for one version that takes over; an A/B or A/A has none")
    if asked.kind is Kind.AA:
        return begin_aa(engine, system, clock, actor=actor, lasts=asked.lasts)
    if asked.kind is Kind.AB:
        shares = _shares(engine, system, asked.arms)
        for number in shares:
            _look_at(find(engine, f"{system}@{number}"), check)
        return begin_ab(engine, system, shares, clock, actor=actor, lasts=asked.lasts)
    if asked.arms or asked.lasts is not None:
        raise InputError("shares of versions and how long they last are for an A/B: say --ab")
    version = find(engine, asked.reference)
    _look_at(version, check)
    steps = declared_steps(version) if asked.steps is None else _steps(asked.steps)
    return begin_release(engine, system, version.number, steps, clock, actor=actor)


def declared_steps(version: Version) -> tuple[Step, ...]:
    """How the declaration that a version was trained from wants it released."""
    said = version.declaration.get("release")
    return parse_steps(", ".join(map(str, said))) if isinstance(said, list) and said else AT_ONCE


def _look_at(version: Version, check: Check | None) -> None:
    # One that is held is refused for that.
    if check is not None and version.status is not Status.HELD:
        check(version)


def _steps(text: str) -> tuple[Step, ...]:
    try:
        return parse_steps(text)
    except GrammarError as error:
        raise InputError(f"steps: {error}") from error


def _shares(engine: Engine, system: str, arms: Sequence[str]) -> dict[int, float]:
    shares: dict[int, float] = {}
    for arm in arms:
        reference, equals, share = arm.partition("=")
        if not equals or reference.partition("@")[0] != system:
            raise InputError(f"{arm!r} is no arm of {system}: write {system}@7=50")
        try:
            number = find(engine, reference).number
            shares[number] = shares.get(number, 0.0) + float(share.removesuffix("%")) / 100
        except ValueError:
            raise InputError(
                f"{arm!r}: {share!r} is no share: write a percentage, {reference}=50"
            ) from None
    return shares

"""Beginning a release."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from keel.clock import Clock
from keel.database import writing
from keel.errors import Conflict, InputError, NotFound, NotReady
from keel.registry.aliases import CHALLENGER, crown, point_alias, read_reign
from keel.registry.audit import write_audit
from keel.registry.find import require_system
from keel.registry.tables import versions
from keel.registry.version import Status
from keel.releases.find_release import read_in_flight, release_of
from keel.releases.release import CHALLENGER as CHALLENGER_ARM
from keel.releases.release import Arm, Kind, Release, State
from keel.releases.tables import releases
from keel.spec.release import AT_ONCE, Step, format_steps

ROUNDING = 1e-6


def begin_release(
    engine: Engine,
    system: str,
    number: int,
    steps: Sequence[Step],
    clock: Clock,
    *,
    actor: str,
) -> Release:
    """Release version `number` of `system`: it takes over from the champion step by step.

    A single step of 100 % makes it the champion at once. Raises NotFound, NotReady without a
    champion, Conflict for a version that is held or answers already, or beside another release.
    """
    with writing(engine) as connection:
        champion = _champion(connection, system)
        _check_fit(connection, system, number)
        if number == champion:
            raise Conflict(
                f"{system}@{number} is the champion already; keel release {system} --aa compares "
                "it with itself"
            )
        steps = tuple(steps)
        release = _add(
            connection,
            clock,
            actor,
            system=system,
            kind=Kind.STEPS,
            champion=champion,
            arms=(Arm(CHALLENGER_ARM, number, 1.0),),
            steps=steps,
            lasts=steps[0].lasts,
        )
        if steps[0].share == 1:
            return complete(connection, release, clock, actor=actor, reason="it was released whole")
        point_alias(connection, system, CHALLENGER, number)
        return release


def begin_ab(
    engine: Engine,
    system: str,
    shares: Mapping[int, float],
    clock: Clock,
    *,
    actor: str,
    lasts: timedelta | None = None,
) -> Release:
    """Let versions of `system` answer side by side. shares: by number, summing to 1. lasts: until a
    person ends it, if not given. Raises as `begin_release`, and InputError for other shares."""
    if len(shares) < 2:
        raise InputError(
            f"an A/B needs two versions: keel release {system} --ab {system}@7=50 {system}@8=50"
        )
    if any(not share > 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > ROUNDING:
        shown = " + ".join(f"{share:.4g}" for share in shares.values())
        raise InputError(f"the shares of an A/B are above 0 and sum to 100 %, not {shown}")
    with writing(engine) as connection:
        champion = _champion(connection, system)
        for number in shares:
            _check_fit(connection, system, number)
        # The champion comes last: judgement looks at the first arms beside it.
        numbers = sorted(shares, key=lambda number: number == champion)
        arms = tuple(Arm(f"{system}@{number}", number, shares[number]) for number in numbers)
        return _add(
            connection,
            clock,
            actor,
            system=system,
            kind=Kind.AB,
            champion=champion,
            arms=arms,
            steps=AT_ONCE,
            lasts=lasts,
        )


def begin_aa(
    engine: Engine, system: str, clock: Clock, *, actor: str, lasts: timedelta | None = None
) -> Release:
    """Let the champion of `system` answer under two names. Raises as `begin_release`."""
    with writing(engine) as connection:
        champion = _champion(connection, system)
        return _add(
            connection,
            clock,
            actor,
            system=system,
            kind=Kind.AA,
            champion=champion,
            arms=(Arm("a", champion, 0.5), Arm("b", champion, 0.5)),
            steps=AT_ONCE,
            lasts=lasts,
        )


def complete(
    connection: Connection, release: Release, clock: Clock, *, actor: str, reason: str
) -> Release:
    """End a release with its version as the champion. To be called by a writer."""
    crown(connection, release.system, release.challenger, clock())
    return close(connection, release, State.DONE, clock, actor=actor, reason=reason)


def close(
    connection: Connection,
    release: Release,
    state: State,
    clock: Clock,
    *,
    actor: str,
    reason: str,
) -> Release:
    """End a release; the champion answers everything. To be called by a writer."""
    if release.kind is Kind.STEPS:
        point_alias(connection, release.system, CHALLENGER, None)
    here = releases.c.id == release.id
    row = connection.execute(
        releases.update()
        .where(here)
        .values(state=state.value, ended_at=clock(), reason=reason)
        .returning(releases)
    )
    ended = release_of(row.mappings().one())
    write_audit(
        connection,
        at=clock(),
        actor=actor,
        action=f"release {state}",
        system=release.system,
        number=release.challenger,
        details={"release": release.id, "step": str(release.at_step), "reason": reason},
    )
    return ended


def _champion(connection: Connection, system: str) -> int:
    require_system(connection, system)
    reign = read_reign(connection, system)
    if reign is None:
        raise NotReady(
            f"{system} has no champion to compare with: the first version that keeps its promises "
            "becomes it by itself (keel run)"
        )
    flying = read_in_flight(connection, system)
    if flying is not None:
        raise Conflict(
            f"the {flying} is in flight ({flying.at_step}): keel status {system} shows it, "
            f"keel rollback {system} ends it"
        )
    return reign.number


def _check_fit(connection: Connection, system: str, number: int) -> None:
    query = sa.select(versions.c.status).where(
        versions.c.system == system, versions.c.number == number
    )
    status = connection.execute(query).scalar()
    if status is None:
        raise NotFound(f"there is no version {system}@{number}; keel list {system} shows them")
    if status == Status.HELD:
        raise Conflict(
            f"{system}@{number} is held: it did not keep its promises when it was trained; "
            f"keel show {system}@{number} says which, keel run trains another"
        )


def _add(
    connection: Connection,
    clock: Clock,
    actor: str,
    *,
    system: str,
    kind: Kind,
    champion: int,
    arms: tuple[Arm, ...],
    steps: tuple[Step, ...],
    lasts: timedelta | None,
) -> Release:
    now = clock()
    row = connection.execute(
        releases.insert()
        .values(
            system=system,
            kind=kind.value,
            state=State.RUNNING.value,
            champion=champion,
            arms=[{"name": a.name, "number": a.number, "share": a.share} for a in arms],
            steps=format_steps(steps),
            step=0,
            step_began_at=now,
            step_ends_at=None if lasts is None else now + lasts,
            extended=0,
            salt=token_hex(8),
            actor=actor,
            began_at=now,
            reason="",
            verdicts=[],
        )
        .returning(releases)
    )
    release = release_of(row.mappings().one())
    write_audit(
        connection,
        at=now,
        actor=actor,
        action="release",
        system=system,
        number=release.challenger,
        details={"release": release.id, "what": str(release), "steps": format_steps(steps)},
    )
    return release

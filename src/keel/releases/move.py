"""Moving a release on: to its next step, longer at this one, to a person, or to its end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from sqlalchemy.engine import Connection, Engine

from keel.clock import Clock
from keel.database import writing
from keel.errors import Conflict
from keel.promises.verdict import Verdict
from keel.registry.audit import write_audit
from keel.releases.begin import close, complete
from keel.releases.find_release import in_flight, read_in_flight, release_of
from keel.releases.release import Kind, Release, State
from keel.releases.tables import releases


def go_on(engine: Engine, release: Release, clock: Clock, *, actor: str, reason: str) -> Release:
    """Its next step; the last one makes the version champion. Raises Conflict if it has moved."""
    with _moving(engine, release) as connection:
        step = release.step + 1
        if release.steps[step].share == 1:
            return complete(connection, release, clock, actor=actor, reason=reason)
        now, lasts = clock(), release.steps[step].lasts
        assert lasts is not None
        return _write(
            connection,
            release,
            clock,
            actor,
            "release step",
            state=State.RUNNING.value,
            step=step,
            step_began_at=now,
            step_ends_at=now + lasts,
            extended=0,
            reason=reason,
        )


def go_on_by_hand(engine: Engine, system: str, clock: Clock, *, actor: str) -> Release:
    """The next step of what is in flight, because a person says so. Raises Conflict without."""
    release = in_flight(engine, system)
    if release is None or release.kind is not Kind.STEPS:
        what = "nothing is being released" if release is None else f"the {release} has no steps"
        raise Conflict(f"{what} of {system}: keel status {system} shows what answers")
    return go_on(engine, release, clock, actor=actor, reason="a person said so")


def extend(engine: Engine, release: Release, clock: Clock, *, actor: str, reason: str) -> Release:
    """This step lasts as long again. Raises Conflict if it has moved."""
    with _moving(engine, release) as connection:
        lasts = release.at_step.lasts
        assert lasts is not None
        return _write(
            connection,
            release,
            clock,
            actor,
            "release extended",
            step_ends_at=clock() + lasts,
            extended=release.extended + 1,
            reason=reason,
        )


def ask(engine: Engine, release: Release, clock: Clock, *, actor: str, reason: str) -> Release:
    """Stay here until a person decides. Raises Conflict if it has moved."""
    with _moving(engine, release) as connection:
        return _write(
            connection,
            release,
            clock,
            actor,
            "release asks",
            state=State.ASKING.value,
            reason=reason,
        )


def end(
    engine: Engine, release: Release, clock: Clock, *, actor: str, reason: str, state: State
) -> Release:
    """The champion answers everything again. Raises Conflict if it has moved."""
    with _moving(engine, release) as connection:
        return close(connection, release, state, clock, actor=actor, reason=reason)


def note_look(engine: Engine, release: Release, clock: Clock, verdicts: Sequence[Verdict]) -> None:
    """Keep what a look at the evidence found, for whoever asks how the release is doing."""
    with writing(engine) as connection:
        connection.execute(
            releases.update()
            .where(releases.c.id == release.id)
            .values(looked_at=clock(), verdicts=msgspec.to_builtins(tuple(verdicts)))
        )


@contextmanager
def _moving(engine: Engine, release: Release) -> Iterator[Connection]:
    """As the writer, if the release is still where it was when this was decided."""
    with writing(engine) as connection:
        now = read_in_flight(connection, release.system)
        if now is None or _place(now) != _place(release):
            where = "has ended" if now is None else f"is at {now.at_step} ({now.state})"
            raise Conflict(
                f"the {release} {where} meanwhile; keel status {release.system} shows it"
            )
        yield connection


def _place(release: Release) -> tuple[object, ...]:
    return (release.id, release.state, release.step, release.extended)


def _write(
    connection: Connection,
    release: Release,
    clock: Clock,
    actor: str,
    action: str,
    **values: object,
) -> Release:
    here = releases.c.id == release.id
    row = connection.execute(releases.update().where(here).values(values).returning(releases))
    moved = release_of(row.mappings().one())
    write_audit(
        connection,
        at=clock(),
        actor=actor,
        action=action,
        system=release.system,
        number=release.challenger,
        details={"release": release.id, "step": str(moved.at_step), "reason": moved.reason},
    )
    return moved

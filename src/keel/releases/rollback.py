"""Rolling back: what is being released goes, or else the champion before this one comes back."""

from dataclasses import dataclass

from sqlalchemy.engine import Engine

from keel.clock import Clock
from keel.database import writing
from keel.registry.find import require_system
from keel.registry.restore import restore
from keel.registry.version import read_version
from keel.releases.begin import close
from keel.releases.find_release import read_in_flight
from keel.releases.release import Release, State
from keel.releases.require_state import Check


@dataclass(frozen=True)
class RolledBack:
    """champion: the number of what answers now. ended: the release that was in flight, if any."""

    champion: int
    ended: Release | None


def rollback(
    engine: Engine, system: str, clock: Clock, *, actor: str, check: Check | None = None
) -> RolledBack:
    """End the release of `system` that is in flight; without one, put the previous champion back.

    check: of the version that comes back. Raises NotFound when there is no such system or nothing
    to go back to, and what `check` raises: then nothing changes.
    """
    with writing(engine) as connection:
        require_system(connection, system)
        flying = read_in_flight(connection, system)
        if flying is not None:
            state = State.ROLLED_BACK
            ended = close(connection, flying, state, clock, actor=actor, reason="a person said so")
            return RolledBack(flying.champion, ended)
        number = restore(connection, system, clock, actor=actor)
        if check is not None:
            check(read_version(connection, system, number))
        return RolledBack(number, None)

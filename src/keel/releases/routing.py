"""Which versions answer for a system. Serving reads this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from keel.database import reading
from keel.errors import NotFound, NotReady
from keel.registry.listing import read_systems
from keel.registry.tables import audit, versions
from keel.releases.assign import assign
from keel.releases.find_release import all_in_flight
from keel.releases.release import CHAMPION, Arm, Release


@dataclass(frozen=True)
class Route:
    """A version, by number and by the digest of its artifact, and the arm that it answers for."""

    number: int
    digest: str
    task: str
    arm: str = CHAMPION


@dataclass(frozen=True)
class Split:
    """What answers for one system: its champion or, while a release is in flight, the arms of that,
    by `routes`. shadow: what is asked beside, and not listened to. release, step: which, if any."""

    champion: Route
    routes: tuple[Route, ...] = ()
    arms: tuple[Arm, ...] = ()
    salt: str = ""
    shadow: Route | None = None
    release: int | None = None
    step: int | None = None

    @property
    def all(self) -> tuple[Route, ...]:
        """Every version that is asked, the champion's first."""
        shadow = () if self.shadow is None else (self.shadow,)
        return (self.champion, *self.routes, *shadow)

    def choose(self, unit: str) -> Route:
        """What answers `unit`: the same for the same unit as long as the shares stay."""
        if len(self.routes) < 2:
            return self.routes[0] if self.routes else self.champion
        return self.routes[self.arms.index(assign(self.salt, unit, self.arms))]


@dataclass(frozen=True)
class Routing:
    """What answers for every system; None for one that is not ready.

    Two are equal when they answer the same, so that a poller sees at once whether to reload.
    """

    splits: Mapping[str, Split | None]

    def split(self, system: str) -> Split:
        """What answers for `system`. Raises NotFound with the nearest spelling, NotReady."""
        if system not in self.splits:
            near = get_close_matches(system, self.splits, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "GET /v1 says what is served here"
            raise NotFound(f"there is no system {system!r}; {hint}")
        split = self.splits[system]
        if split is None:
            raise NotReady(
                f"{system} has no champion yet: none of its versions kept its promises; "
                f"keel show {system}@latest says which were broken"
            )
        return split


def read_routing(engine: Engine) -> Routing:
    """The routing as it is now."""
    with reading(engine) as connection:
        releases = {release.system: release for release in all_in_flight(connection)}
        splits: dict[str, Split | None] = {}
        for found in read_systems(connection):
            if found.champion is None or found.digest is None or found.task is None:
                splits[found.system] = None
                continue
            champion = Route(found.champion, found.digest, found.task)
            release = releases.get(found.system)
            # One that began beside another champion compares with what no longer answers.
            if release is None or release.champion != champion.number:
                splits[found.system] = Split(champion)
            else:
                splits[found.system] = _split(connection, champion, release)
        return Routing(splits)


def read_revision(engine: Engine) -> int:
    """A number that grows with every change of the routing: all of them are in the audit trail."""
    with reading(engine) as connection:
        latest: int | None = connection.execute(sa.select(sa.func.max(audit.c.id))).scalar()
    return latest or 0


def _split(connection: Connection, champion: Route, release: Release) -> Split:
    routes = _routes(connection, champion, release)
    return Split(
        champion,
        tuple(routes[arm.name] for arm in release.live),
        release.live,
        release.salt,
        None if release.shadow is None else routes[release.shadow.name],
        release.id,
        release.step,
    )


def _routes(connection: Connection, champion: Route, release: Release) -> dict[str, Route]:
    arms = release.live if release.shadow is None else (*release.live, release.shadow)
    query = sa.select(versions.c.number, versions.c.digest).where(
        versions.c.system == release.system, versions.c.number.in_([arm.number for arm in arms])
    )
    digests = {row.number: row.digest for row in connection.execute(query)}
    return {
        arm.name: Route(arm.number, digests[arm.number], champion.task, arm.name) for arm in arms
    }

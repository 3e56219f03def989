"""Which versions answer for a system. Serving reads this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy.engine import Engine

from keel.errors import NotFound, NotReady
from keel.registry.listing import list_systems


@dataclass(frozen=True)
class Route:
    """A version, by number and by the digest of its artifact, and its share of the traffic."""

    number: int
    digest: str
    task: str
    share: float = 1.0


@dataclass(frozen=True)
class Routing:
    """The routes of every system, the champion's first; none for a system that is not ready.

    Two are equal when they answer the same, so that a poller sees at once whether to reload.
    """

    routes: Mapping[str, tuple[Route, ...]]

    def champion(self, system: str) -> Route:
        """What answers for `system`. Raises NotFound with the nearest spelling, NotReady."""
        if system not in self.routes:
            near = get_close_matches(system, self.routes, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "GET /v1 says what is served here"
            raise NotFound(f"there is no system {system!r}; {hint}")
        routes = self.routes[system]
        if not routes:
            raise NotReady(
                f"{system} has no champion yet: none of its versions kept its promises; "
                f"keel show {system}@latest says which were broken"
            )
        return routes[0]


def read_routing(engine: Engine) -> Routing:
    """The routing as it is now: one query."""
    return Routing(
        {
            found.system: ()
            if found.champion is None or found.digest is None or found.task is None
            else (Route(found.champion, found.digest, found.task),)
            for found in list_systems(engine)
        }
    )

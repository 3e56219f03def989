"""The versions in memory, kept in step with the routing table."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import polars as pl
from sqlalchemy.engine import Engine

from keel.backends.blobs import Blobs
from keel.backends.online import OnlineStore
from keel.clock import Clock, system_clock
from keel.errors import InputError, KeelError, NotFound, NotReady
from keel.registry.version import Version
from keel.releases.require_state import require_state
from keel.releases.routing import Route, Routing, Split, read_revision, read_routing
from keel.serve.answer_log import Answered, AnswerLog, NoAnswerLog
from keel.serve.meters import Meters
from keel.serve.refused_events import RefusedEvents
from keel.serve.served import Served, open_served
from keel.serve.shadow_line import ShadowLine, ShadowRequest, shadow_rows
from keel.serve.standing import Choice, Standing
from keel.serve.statistics import StatisticsBook
from keel.train.export.ask_options import USUAL, AskOptions
from keel.train.export.predictor import Prediction

POLL_S = 0.1
STALE_S = 5.0
"""A poller that could not read the routing for this long says so, even if it still waits."""
RETRY_S = 5.0
"""A version that could not be loaded is tried again after this long: verifying it reads it all."""
SPARE = 4
"""Versions kept in memory although they do not answer, so that a rollback takes no time."""

Load = Callable[[Blobs, str, Route], Served]

_log = logging.getLogger("keel.serve")


@dataclass(frozen=True, eq=False)
class _State:
    """All that a request looks at, replaced as a whole. trouble: why the routing is not fresh.
    revision: of the routing that was read."""

    revision: int
    routing: Routing
    standings: Mapping[str, Standing]
    trouble: str | None = None


class Runtime:
    """Answers with what the routing table names.

    Every routed version is in memory, verified when it was loaded; of the others the `spare` most
    recently used. A version that cannot be loaded does not take over: the one before goes on
    answering, and `standings` says so. Any number of threads may ask at once.
    """

    def __init__(
        self,
        engine: Engine,
        blobs: Blobs,
        *,
        online: OnlineStore | None = None,
        answer_log: AnswerLog | None = None,
        refused: RefusedEvents | None = None,
        meters: Meters | None = None,
        shadow: ShadowLine | None = None,
        note: Callable[[Answered], None] | None = None,
        clock: Clock = system_clock,
        load: Load | None = None,
        spare: int = SPARE,
        retry_s: float = RETRY_S,
    ) -> None:
        """refused: where rows go that were sent as events and are none. shadow: where requests go
        that a version in shadow is to answer too. note: is told of every answer, in the context
        of its request."""
        self.statistics = StatisticsBook()
        self.refused = refused
        self.meters = meters or Meters()
        self.engine = engine
        self._blobs = blobs
        self._shadow = shadow
        self._note = note
        self._answer_log = answer_log or NoAnswerLog()
        self.clock = clock
        self._load = load or partial(open_served, engine=engine, online=online)
        self._online = online
        self._spare = spare
        self._retry_s = retry_s
        self._retry_at_s = 0.0
        self._asked_s: float | None = None
        self._loaded: OrderedDict[str, Served] = OrderedDict()
        self._refreshing = threading.Lock()
        self._state = _State(-1, Routing({}), MappingProxyType({}))

    @property
    def standings(self) -> Mapping[str, Standing]:
        """Where every system stands, by name."""
        return self._state.standings

    @property
    def trouble(self) -> str | None:
        """Why the routing table could not be read the last time; None when it could."""
        asked_s = self._asked_s
        waited_s = 0.0 if asked_s is None else time.monotonic() - asked_s
        if waited_s > STALE_S:
            return f"the database was asked {waited_s:.0f} s ago what answers, and said nothing yet"
        return self._state.trouble

    @property
    def ready(self) -> bool:
        """Whether everything that has a champion answers, be it with the version before."""
        return all(s.served is not None for s in self._state.standings.values() if s.routed)

    def check(self, version: Version) -> None:
        """Raises Conflict for a version that could not answer here: see `require_state`."""
        if self._online is not None:
            require_state(version, self._blobs, self._online)

    def refresh(self) -> None:
        """Read the routing table and load what is new in it; cheap when nothing is."""
        with self._refreshing:
            self._refresh()

    def serving(self, system: str, version: str | None = None) -> Served:
        """The champion of `system`, or the version with the number `version` if it answers too.

        Raises NotFound with the nearest spelling or with what is served, NotReady.
        """
        standing = self.standing(system)
        champion = standing.served
        assert champion is not None
        if version is None:
            return champion
        asked = (champion, *(choice.served for choice in standing.arms.values()))
        found = next((served for served in asked if version == str(served.number)), None)
        if found is None:
            raise NotFound(
                f"{system}@{version} is not served: {champion} is; "
                f"keel predict {system}@{version} answers a table with any version"
            )
        return found

    def standing(self, system: str) -> Standing:
        """Where `system` stands, which has a champion in memory.

        Raises NotFound with the nearest spelling, NotReady.
        """
        state = self._state
        standing = state.standings.get(system)
        if standing is None or standing.served is None:
            champion = state.routing.split(system).champion
            problem = None if standing is None else standing.problem
            raise NotReady(
                f"{system}@{champion.number} cannot be loaded, and no version before it is in "
                f"memory: {problem}"
            )
        return standing

    def answer(
        self,
        choice: Choice,
        rows: pl.DataFrame,
        *,
        request_id: str,
        unit: str | None = None,
        options: AskOptions = USUAL,
    ) -> Prediction:
        """Answers to n rows, logged. Raises RequestError naming every column that is not there."""
        served = choice.served
        began_s = time.perf_counter()
        prediction = served.predictor.answer(rows, options)
        latency_ms = (time.perf_counter() - began_s) * 1e3
        seen = served.seen(rows, prediction)
        self.log(choice.answered(request_id, self.clock(), seen, prediction, latency_ms, unit))
        return prediction

    @contextmanager
    def noting_failures(self, choice: Choice, request_id: str, unit: str | None) -> Iterator[None]:
        """Log that a request failed for no fault of its own; and, while a release is in flight,
        that it was refused, whoever is at fault: a version that refuses more is found so."""
        began_s = time.perf_counter()
        try:
            yield
        except Exception as error:
            if choice.release is not None or not isinstance(error, InputError):
                latency_ms = (time.perf_counter() - began_s) * 1e3
                told = str(error) if isinstance(error, KeelError) else repr(error)
                self.log(choice.failed(request_id, self.clock(), latency_ms, unit, told))
            raise

    def hand_to_shadow(
        self,
        choice: Choice | Answered,
        request_id: str,
        unit: str | None,
        rows: Callable[[], Sequence[Any]],
        options: AskOptions = USUAL,
    ) -> None:
        """Let the version in shadow, if there is one, answer what was answered. choice: what did.
        rows: an object each, as they came; only called for if they are needed."""
        if self._shadow is None or choice.release is None:
            return
        system = choice.served.system
        standing = self._state.standings.get(system)
        shadow = None if standing is None else standing.shadow
        if shadow is None or shadow.release != choice.release:
            return
        content = shadow_rows(rows())
        request = ShadowRequest(system, request_id, unit, self.clock(), content, options)
        self._shadow.send(request)

    def log(self, answered: Answered) -> None:
        """Count and keep what was answered: after the answer was sent, where that can be."""
        self.meters.answered(answered)
        if self._note is not None:
            self._note(answered)
        self._answer_log.append(answered)

    def look(self, in_work: int) -> None:
        """Note for others how things are now. in_work: requests that threads have."""
        not_shadowed = 0 if self._shadow is None else self._shadow.dropped
        self.meters.look(in_work, self._answer_log, not_shadowed)

    def _refresh(self) -> None:
        state = self._state
        failed = any(standing.problem for standing in state.standings.values())
        again = failed and time.monotonic() >= self._retry_at_s
        try:
            self._asked_s = time.monotonic()
            # Read first: what changes after it is seen at the next look.
            revision = read_revision(self.engine)
            if revision == state.revision and not again:
                self._state = replace(state, trouble=None)
                return
            routing = read_routing(self.engine)
        except KeelError as error:
            if state.trouble is None:
                _log.error("what answers cannot be looked up, all stays as it is: %s", error)
            self._state = replace(state, trouble=str(error))
            return
        finally:
            self._asked_s = None
        standings = {
            system: self._stand(system, split, state.standings.get(system), again=again)
            for system, split in sorted(routing.splits.items())
        }
        self._state = _State(revision, routing, MappingProxyType(standings))
        self._retry_at_s = time.monotonic() + self._retry_s
        self._forget({d for standing in standings.values() for d in standing.digests})

    def _stand(
        self, system: str, split: Split | None, before: Standing | None, *, again: bool
    ) -> Standing:
        if split is None:
            return Standing(system, routed=False)
        if before is not None and before.split == split and not (again and before.problem):
            return before
        served, problem = self._try(system, split.champion, before)
        if problem is not None:
            served = None if before is None else before.served
            return Standing(system, True, served, problem)
        choices: dict[str, Choice] = {}
        for route in (*split.routes, *(() if split.shadow is None else (split.shadow,))):
            loaded, problem = self._try(system, route, before)
            if loaded is None:
                # Of a release that cannot be whole, nothing: its share would go to another arm.
                return Standing(system, True, served, problem, split)
            choices[route.arm] = Choice(loaded, route.arm, split.release, split.step)
        shadow = None if split.shadow is None else choices.pop(split.shadow.arm)
        return Standing(system, True, served, None, split, choices, shadow)

    def _try(
        self, system: str, route: Route, before: Standing | None
    ) -> tuple[Served | None, str | None]:
        """The version, or why it cannot be loaded."""
        try:
            return self._take(system, route), None
        # Whatever is wrong with one version, the others and the one before it must go on.
        except Exception as error:
            if not isinstance(error, KeelError):
                _log.exception("%s@%d cannot be loaded", system, route.number)
            problem = str(error) or type(error).__name__
            if before is None or before.problem != problem:
                _log.error("%s@%d cannot be loaded: %s", system, route.number, problem)
            return None, problem

    def _take(self, system: str, route: Route) -> Served:
        found = self._loaded.get(route.digest)
        if found is None or found.number != route.number or found.system != system:
            found = self._loaded[route.digest] = self._load(self._blobs, system, route)
        self._loaded.move_to_end(route.digest)
        return found

    def _forget(self, used: set[str]) -> None:
        unused = [digest for digest in self._loaded if digest not in used]
        for digest in unused[: max(len(unused) - self._spare, 0)]:
            del self._loaded[digest]


@contextmanager
def polling(runtime: Runtime, every_s: float = POLL_S) -> Iterator[None]:
    """Refresh `runtime` in a thread of its own as long as the context lasts."""
    stop = threading.Event()

    def poll() -> None:
        while not stop.wait(every_s):
            try:
                runtime.refresh()
            # A thread that died would freeze the routing without anybody noticing.
            except Exception:
                _log.exception("the routing could not be refreshed")

    thread = threading.Thread(target=poll, name="keel-routing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

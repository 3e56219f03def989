"""Looks at the evidence of releases in flight, and moves them on, back, or to a person."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from sqlalchemy.engine import Engine

from keel.clock import Clock
from keel.database import reading
from keel.errors import Conflict, KeelError
from keel.promises.verdict import Verdict
from keel.registry.aliases import read_reign
from keel.registry.version import read_version
from keel.releases.find_release import all_in_flight
from keel.releases.move import ask, end, extend, go_on, note_look
from keel.releases.release import Release, State
from keel.respond.decide import Decision, Response, Seen, decide
from keel.respond.judge_release import Arms, judge_end, judge_release, released_arm
from keel.spec.system import System

LOOK_S = 1.0
MOST_OF_THE_TIME = 0.1
"""What looking may take of a processor; the pauses grow with what there is to look at."""

ACTOR = "keel"

Gather = Callable[[Release, System], Arms]
"""The evidence of each arm since a release began."""

_log = logging.getLogger("keel.respond")


class ReleaseController:
    """Any number of servers may look at the same releases: each move is made once."""

    def __init__(self, engine: Engine, gather: Gather, clock: Clock) -> None:
        self._engine = engine
        self._gather = gather
        self._clock = clock
        self._deadlines: dict[tuple[int, int, int], float] = {}
        self._troubles: dict[int, str] = {}

    def look(self) -> tuple[tuple[Release, Decision], ...]:
        """Look once at every release in flight and do what follows; what was decided."""
        with reading(self._engine) as connection:
            releases = all_in_flight(connection)
        decided = []
        for release in releases:
            # What is wrong with one release must not hold the others.
            try:
                decided.append((release, self._respond(release)))
            except Conflict:
                _log.info("the %s moved while it was looked at", release)
            except Exception as error:
                if self._troubles.get(release.id) != repr(error):
                    _log.exception("the %s could not be looked at", release)
                self._troubles[release.id] = repr(error)
        return tuple(decided)

    def _respond(self, release: Release) -> Decision:
        with reading(self._engine) as connection:
            version = read_version(connection, release.system, release.challenger)
            reign = read_reign(connection, release.system)
        system = System.model_validate(version.declaration)
        arms = self._gather(release, system)
        verdicts = judge_release(release, system, arms)
        at_end = judge_end(release, system, arms) if self._is_over(release) else None
        champion = release.champion if reign is None else reign.number
        strict = len(system.promises) if system.strict else 0
        seen = Seen(verdicts, at_end, _answers(release, arms), champion, strict)
        decision = decide(release, seen)
        self._do(release, decision, at_end or verdicts)
        return decision

    def _do(self, release: Release, decision: Decision, verdicts: tuple[Verdict, ...]) -> None:
        if decision.response is not Response.STAY:
            _log.warning("the %s: %s, %s", release, decision.response, decision.reason)
        note_look(self._engine, release, self._clock, verdicts)
        said = {"actor": ACTOR, "reason": decision.reason}
        moves: dict[Response, Callable[..., object]] = {
            Response.GO_ON: go_on,
            Response.EXTEND: extend,
            Response.ASK: ask,
            Response.ROLL_BACK: partial(end, state=State.ROLLED_BACK),
            Response.END: partial(end, state=State.ENDED),
        }
        if decision.response in moves:
            moves[decision.response](self._engine, release, clock=self._clock, **said)

    def _is_over(self, release: Release) -> bool:
        """Whether the step's time is over, by a clock that nobody sets: the wall clock is asked
        once for each step, how much of it is left."""
        if release.step_ends_at is None:
            return False
        key = (release.id, release.step, release.extended)
        if key not in self._deadlines:
            left_s = (release.step_ends_at - self._clock()).total_seconds()
            self._deadlines[key] = time.monotonic() + left_s
        return time.monotonic() >= self._deadlines[key]


def _answers(release: Release, arms: Arms) -> int:
    """Of the version that is released, in this step."""
    arm = arms.get(released_arm(release))
    if arm is None or arm.failed is None:
        return 0
    if arm.request_step is None:
        return len(arm.failed)
    return int((arm.request_step == release.step).sum())


@contextmanager
def controlling(controller: ReleaseController, every_s: float = LOOK_S) -> Iterator[None]:
    """Look again and again in a thread of its own as long as the context lasts."""
    stop = threading.Event()

    def look() -> None:
        pause_s = every_s
        while not stop.wait(pause_s):
            began_s = time.monotonic()
            # A database that is away comes back; until then the releases stay where they are.
            with suppress(KeelError):
                controller.look()
            pause_s = max(every_s, (time.monotonic() - began_s) / MOST_OF_THE_TIME)

    thread = threading.Thread(target=look, name="keel-releases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

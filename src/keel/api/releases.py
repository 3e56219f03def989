"""Releases over HTTP: what is in flight; beginning one, moving it on, ending it."""

from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from keel.api.access import Role
from keel.api.body import read_body
from keel.api.operation import Operation, json_response
from keel.api.threads import Threads
from keel.errors import RequestError
from keel.monitor.show_status import ShownStatus, show_status
from keel.releases.asked import Asked, release_as_asked
from keel.releases.move import go_on_by_hand
from keel.releases.release import Kind, Release
from keel.releases.rollback import rollback
from keel.releases.show import ShownRelease, ShownRollback, shown
from keel.serve.read_json import read_json
from keel.serve.runtime import Runtime
from keel.spec.duration import parse_duration

MOST_BYTES = 2**16


class ReleaseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of these. version: takes over by `steps`, such as "shadow 10m, 5% 1h, 100%", or as its
    declaration says. ab: shares by version, in percent; lasts: "7d". aa: the champion beside
    itself. go_on: to the next step of what is in flight."""

    version: int | None = None
    steps: str | None = None
    ab: dict[str, float] | None = None
    aa: bool = False
    lasts: str | None = None
    go_on: bool = False


class Releases:
    """The endpoints under /v1/{system}/release."""

    def __init__(self, runtime: Runtime, answers: Path | None, threads: Threads) -> None:
        """answers: the folder of them, if they are kept."""
        self._answers = answers
        self._engine = runtime.engine
        self._check = runtime.check
        self._threads = threads
        self._clock = runtime.clock

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What there is."""
        base = "/v1/{system}"
        return (
            Operation(
                "GET",
                f"{base}/release",
                "read_release",
                "What answers, and how the release in flight is doing",
                self._read,
                ShownStatus,
                failures=(404, 503),
            ),
            Operation(
                "POST",
                f"{base}/release",
                "release",
                "Let a version take over step by step, or answer beside another",
                self._begin,
                ShownRelease,
                bodies=(ReleaseRequest,),
                failures=(400, 404, 409, 413, 503),
                role=Role.RELEASE,
            ),
            Operation(
                "POST",
                f"{base}/rollback",
                "rollback",
                "End the release in flight; without one, put the previous champion back",
                self._roll_back,
                ShownRollback,
                failures=(404, 409, 503),
                role=Role.RELEASE,
            ),
        )

    async def _read(self, request: Request) -> Response:
        system = request.path_params["system"]
        status = await self._threads.run(show_status, self._engine, self._answers, system)
        return json_response(status)

    async def _begin(self, request: Request) -> Response:
        asked = read_json(await read_body(request, MOST_BYTES), ReleaseRequest)
        system, actor = request.path_params["system"], request.state.actor
        return json_response(shown(await self._threads.run(self._do, system, asked, actor)))

    def _do(self, system: str, asked: ReleaseRequest, actor: str) -> Release:
        said = (asked.version is not None, asked.ab is not None, asked.aa, asked.go_on)
        if sum(said) != 1:
            raise RequestError("say one of `version`, `ab`, `aa` and `go_on`: what is to happen")
        if asked.go_on:
            return go_on_by_hand(self._engine, system, self._clock, actor=actor)
        kind = Kind.AB if asked.ab is not None else Kind.AA if asked.aa else Kind.STEPS
        try:
            lasts = None if asked.lasts is None else parse_duration(asked.lasts)
        except ValueError as error:
            raise RequestError(f"lasts: {error}") from error
        wanted = Asked(
            system if asked.version is None else f"{system}@{asked.version}",
            kind,
            asked.steps,
            tuple(f"{system}@{number}={share}" for number, share in (asked.ab or {}).items()),
            lasts,
        )
        return release_as_asked(self._engine, wanted, self._clock, actor=actor, check=self._check)

    async def _roll_back(self, request: Request) -> Response:
        system, actor = request.path_params["system"], request.state.actor
        done = await self._threads.run(
            rollback, self._engine, system, self._clock, actor=actor, check=self._check
        )
        ended = None if done.ended is None else shown(done.ended)
        return json_response(ShownRollback(system, done.champion, ended))

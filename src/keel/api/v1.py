"""Keel's own JSON under /v1: the systems, and their answers."""

import math
from collections.abc import Callable
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from keel.api.access import Role
from keel.api.batch import NDJSON, answer_batch
from keel.api.body import read_body
from keel.api.failures import JSON
from keel.api.operation import Operation, json_response
from keel.api.threads import Threads
from keel.errors import NotFound
from keel.promises.verdict import Verdict
from keel.serve.explain import ExplainAnswers, ExplainRequest, explain
from keel.serve.predict import predict
from keel.serve.predict_request import Answers, PredictRequest, Value
from keel.serve.runtime import Runtime
from keel.serve.show_features import Features, show_features
from keel.serve.standing import Standing
from keel.serve.take_events import (
    EventRow,
    EventsAnswer,
    EventsRequest,
    TableRows,
    take_events,
)
from keel.serve.take_labels import LabelsAnswer, LabelsRequest, take_labels
from keel.train.export.signature import Signature

HTML = "text/html"


class ListedSystem(msgspec.Struct, frozen=True):
    """A system and the version that answers for it: null when none does.

    problem: why a newer champion does not answer, or none does.
    """

    system: str
    ready: bool
    version: int | None
    task: str | None
    card: str | None
    problem: str | None


class SystemList(msgspec.Struct, frozen=True):
    """All systems by name."""

    systems: list[ListedSystem]


class Promised(msgspec.Struct, frozen=True):
    """A promise as it was judged when the version was trained, with its 95 % interval."""

    promise: str
    verdict: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    reason: str


class SystemDescription(msgspec.Struct, frozen=True):
    """The version that answers for a system: what goes in, what comes out, what it promised."""

    system: str
    version: int
    digest: str
    task: str
    algorithm: str
    card: str
    signature: Signature
    promises: list[Promised]


class V1:
    """The endpoints under /v1."""

    def __init__(self, runtime: Runtime, threads: Threads) -> None:
        self._runtime = runtime
        self._threads = threads

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What there is under /v1."""
        return (*self._reads, *self._answers, *self._takes)

    @property
    def _reads(self) -> tuple[Operation, ...]:
        return (
            Operation("GET", "/v1", "list_systems", "All systems", self._list, SystemList),
            Operation(
                "GET",
                "/v1/{system}",
                "describe_system",
                "What answers for a system, its signature and its promises",
                self._describe,
                SystemDescription,
                failures=(404, 503),
            ),
            Operation(
                "GET",
                "/v1/{system}/features",
                "show_features",
                "The features of entities that are named in the query, as of now or of a `time`",
                self._features,
                Features,
                failures=(400, 404, 503, 504),
            ),
            Operation(
                "GET",
                "/v1/{system}/card",
                "read_card",
                "The model card of the version that answers",
                self._card,
                HTML,
                failures=(404, 503, 504),
            ),
        )

    @property
    def _answers(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/{system}/predict",
                "predict",
                "Answer rows; a bare object is one row",
                self._predict,
                Answers,
                bodies=(PredictRequest, dict[str, Value]),
                failures=(400, 404, 413, 503, 504),
            ),
            Operation(
                "POST",
                "/v1/{system}/batch",
                "answer_batch",
                "Answer any number of rows, a JSON object a line, while they are sent; in place of "
                "an answer stands why there is none",
                self._batch,
                NDJSON,
                bodies=(NDJSON,),
                failures=(400, 404, 503),
            ),
            Operation(
                "POST",
                "/v1/{system}/explain",
                "explain",
                "How far each feature moved the score of a row",
                self._explain,
                ExplainAnswers,
                bodies=(ExplainRequest, dict[str, Value]),
                failures=(400, 404, 413, 503, 504),
            ),
        )

    @property
    def _takes(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/{system}/events",
                "record_events",
                "Record what happened; the next answer knows of it",
                self._events,
                EventsAnswer,
                bodies=(EventsRequest, EventRow, TableRows),
                failures=(400, 404, 413, 503, 504),
                role=Role.LABEL,
            ),
            Operation(
                "POST",
                "/v1/{system}/labels",
                "record_labels",
                "Record what turned out to be true; evidence of what was answered rests on it",
                self._labels,
                LabelsAnswer,
                bodies=(LabelsRequest, dict[str, Value]),
                failures=(400, 404, 413, 503, 504),
                role=Role.LABEL,
            ),
        )

    async def _list(self, _request: Request) -> Response:
        standings = self._runtime.standings.values()
        return json_response(SystemList([listed(standing) for standing in standings]))

    async def _describe(self, request: Request) -> Response:
        served = self._runtime.serving(request.path_params["system"])
        return json_response(
            SystemDescription(
                served.system,
                served.number,
                served.digest,
                served.record.task,
                served.record.algorithm,
                card_path(served.system),
                served.signature,
                [_promised(verdict) for verdict in served.record.verdicts],
            )
        )

    async def _features(self, request: Request) -> Response:
        system, asked = request.path_params["system"], dict(request.query_params)
        body = await self._threads.run(show_features, self._runtime, system, asked)
        return Response(body, media_type=JSON)

    async def _card(self, request: Request) -> Response:
        served = self._runtime.serving(request.path_params["system"])
        if not served.card.is_file():
            raise NotFound(f"{served} has no card.html: it was registered without one")
        content = await self._threads.run(served.card.read_bytes)
        return HTMLResponse(content, headers={"X-Content-Type-Options": "nosniff"})

    async def _predict(self, request: Request) -> Response:
        return await self._answer(request, predict)

    async def _batch(self, request: Request) -> Response:
        return answer_batch(self._runtime, request)

    async def _explain(self, request: Request) -> Response:
        return await self._answer(request, explain)

    async def _events(self, request: Request) -> Response:
        return await self._answer(request, take_events)

    async def _labels(self, request: Request) -> Response:
        return await self._answer(request, take_labels)

    async def _answer(
        self, request: Request, answer: Callable[[Runtime, str, bytes], bytes]
    ) -> Response:
        system = request.path_params["system"]
        # An unknown system is said before its body is waited for.
        self._runtime.serving(system)
        body = await read_body(request)
        return Response(
            await self._threads.run(answer, self._runtime, system, body), media_type=JSON
        )


def listed(standing: Standing) -> ListedSystem:
    """A system as a list shows it."""
    served = standing.served
    return ListedSystem(
        standing.system,
        served is not None,
        None if served is None else served.number,
        None if served is None else served.record.task,
        None if served is None else card_path(standing.system),
        standing.problem,
    )


def card_path(system: str) -> str:
    """Where the card of what answers is."""
    return f"/v1/{quote(system, safe='')}/card"


def _promised(verdict: Verdict) -> Promised:
    return Promised(
        verdict.promise,
        str(verdict.outcome),
        _finite(verdict.value),
        _finite(verdict.low),
        _finite(verdict.high),
        verdict.n,
        verdict.reason,
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value

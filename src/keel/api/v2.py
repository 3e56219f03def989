"""The Open Inference Protocol v2 under /v2: a model is a system, its version the one that answers.

Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from keel.api.access import Role
from keel.api.body import read_body, read_parts
from keel.api.failures import JSON
from keel.api.operation import Endpoint, Operation, json_response
from keel.api.parts_response import PartsResponse
from keel.api.threads import Threads
from keel.api.v2_absent import absent_operations
from keel.errors import NotReady
from keel.serve.answer_infer import InferAnswer, InferRequest, answer_infer, split_body
from keel.serve.describe_model import (
    ModelConfig,
    ModelMetadata,
    ServerMetadata,
    configure_model,
    describe_model,
    describe_server,
)
from keel.serve.infer import find_model
from keel.serve.model_statistics import StatisticsAnswer, read_statistics
from keel.serve.read_json import read_json
from keel.serve.repository import (
    IndexedModel,
    IndexRequest,
    LoadedModel,
    RepositoryRequest,
    index_repository,
    load_model,
    unload_model,
)
from keel.serve.runtime import Runtime

JSON_BYTES = "Inference-Header-Content-Length"
"""The header that says how much of a body is JSON, where the bytes of tensors follow."""
BINARY = "application/octet-stream"

_ANSWERS_TENSORS = (400, 404, 413, 415, 503, 504)
_IS_FOUND = (404, 503)


class Live(msgspec.Struct, frozen=True):
    """Whether the server answers at all."""

    live: bool


class Ready(msgspec.Struct, frozen=True):
    """Whether every system with a champion answers. problems: what is wrong although it does, or
    why it does not: by system, and under "" for all of them."""

    ready: bool
    problems: dict[str, str]


class ModelReady(msgspec.Struct, frozen=True):
    """A model that answers."""

    name: str
    ready: bool


class V2:
    """The endpoints under /v2."""

    def __init__(self, runtime: Runtime, threads: Threads) -> None:
        self._runtime = runtime
        self._threads = threads

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What there is under /v2."""
        return (
            Operation("GET", "/v2", "server", "The server", self._server, ServerMetadata),
            *self._health,
            # Before the path of any model.
            Operation(
                "GET",
                "/v2/models/stats",
                "all_stats",
                "What was asked of all models",
                self._stats,
                StatisticsAnswer,
            ),
            *self._of_model("", "model", "The model", self._model, ModelMetadata),
            *self._of_model("/ready", "model_ready", "Does it answer", self._up, ModelReady),
            *self._of_model(
                "/config", "model_config", "As Triton says it", self._config, ModelConfig
            ),
            *self._of_model(
                "/stats", "model_stats", "What was asked of it", self._stats, StatisticsAnswer
            ),
            *self._of_model(
                "/infer", "infer", "Answer tensors", self._infer, InferAnswer, InferRequest
            ),
            *self._repository,
            *absent_operations(),
        )

    @property
    def _health(self) -> tuple[Operation, ...]:
        base, anybody = "/v2/health", Role.ANYBODY
        words = "Do all systems with a champion answer"
        return (
            Operation("GET", f"{base}/live", "live", "Is it alive", self._live, Live, role=anybody),
            Operation(
                "GET", f"{base}/ready", "ready", words, self._ready, Ready, (), (503,), anybody
            ),
        )

    def _of_model(
        self,
        path: str,
        name: str,
        summary: str,
        endpoint: Endpoint,
        answers: type,
        body: type | None = None,
    ) -> tuple[Operation, Operation]:
        """The same for what answers, and for a version by its number."""
        method, bodies = ("GET", ()) if body is None else ("POST", (body,))
        failures = _IS_FOUND if body is None else _ANSWERS_TENSORS
        base, words = "/v2/models/{model}", f"{summary}, of one version"
        versioned = f"{base}/versions/{{version}}{path}"
        return (
            Operation(method, base + path, name, summary, endpoint, answers, bodies, failures),
            Operation(
                method, versioned, f"{name}_version", words, endpoint, answers, bodies, failures
            ),
        )

    @property
    def _repository(self) -> tuple[Operation, ...]:
        base = "/v2/repository"
        return (
            Operation(
                "POST",
                f"{base}/index",
                "repository_index",
                "All models and whether they answer",
                self._index,
                list[IndexedModel],
                (IndexRequest,),
                (400, 413, 415),
            ),
            Operation(
                "POST",
                f"{base}/models/{{model}}/load",
                "load_model",
                "Read now which version is to answer, and load it",
                self._load,
                LoadedModel,
                (RepositoryRequest,),
                _ANSWERS_TENSORS,
                Role.ADMIN,
            ),
            Operation(
                "POST",
                f"{base}/models/{{model}}/unload",
                "unload_model",
                "Not there: memory follows releases",
                self._unload,
                None,
                (RepositoryRequest,),
                (400, 404, 503),
                Role.ADMIN,
            ),
        )

    async def _server(self, _request: Request) -> Response:
        return json_response(describe_server())

    async def _live(self, _request: Request) -> Response:
        return json_response(Live(True))

    async def _ready(self, _request: Request) -> Response:
        runtime = self._runtime
        problems = {} if runtime.trouble is None else {"": runtime.trouble}
        problems |= {s.system: s.problem for s in runtime.standings.values() if s.problem}
        if runtime.ready:
            return json_response(Ready(True, problems))
        words = "; ".join(f"{system}: {problem}" for system, problem in problems.items())
        raise NotReady(f"not every champion can answer: {words}")

    async def _model(self, request: Request) -> Response:
        return json_response(describe_model(find_model(self._runtime, **request.path_params)))

    async def _up(self, request: Request) -> Response:
        served = find_model(self._runtime, **request.path_params)
        return json_response(ModelReady(served.system, True))

    async def _config(self, request: Request) -> Response:
        return json_response(configure_model(find_model(self._runtime, **request.path_params)))

    async def _stats(self, request: Request) -> Response:
        return json_response(read_statistics(self._runtime, **request.path_params))

    async def _index(self, request: Request) -> Response:
        asked = read_json(await read_body(request) or b"{}", IndexRequest)
        return json_response(index_repository(self._runtime, ready=asked.ready))

    async def _load(self, request: Request) -> Response:
        asked = read_json(await read_body(request) or b"{}", RepositoryRequest)
        model = request.path_params["model"]
        return json_response(await self._threads.run(load_model, self._runtime, model, asked))

    async def _unload(self, request: Request) -> Response:
        unload_model(self._runtime, request.path_params["model"])

    async def _infer(self, request: Request) -> Response:
        model = request.path_params["model"]
        version = request.path_params.get("version")
        # An unknown model is said before its body is waited for.
        find_model(self._runtime, model, version)
        parts = await read_parts(request)
        return await self._threads.run(self._answer, model, version, parts, request.headers)

    def _answer(
        self, model: str, version: str | None, parts: list[bytes], asked: Headers
    ) -> Response:
        head, rest = split_body(parts, asked.get(JSON_BYTES))
        content = answer_infer(self._runtime, model, version, head, rest)
        accepts = asked.get("accept-encoding", "")
        if content.json_bytes is None:
            return PartsResponse(content.parts, JSON, accepts=accepts)
        headers = {JSON_BYTES: str(content.json_bytes)}
        return PartsResponse(content.parts, BINARY, headers, accepts=accepts)

"""The Open Inference Protocol v2 under /v2: a model is a system, its version the one that answers.

Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from keel.about import VERSION
from keel.api.body import read_body
from keel.api.failures import JSON
from keel.api.operation import Endpoint, Operation, json_response
from keel.errors import NotReady, RequestError
from keel.serve.infer import InferAnswer, InferRequest, find_model, infer
from keel.serve.runtime import Runtime
from keel.serve.tensors import outputs_of

BINARY = "inference-header-content-length"
"""The header of requests in the binary extension, which is not spoken here."""


class ServerMetadata(msgspec.Struct, frozen=True):
    """The server. extensions: of the protocol."""

    name: str
    version: str
    extensions: list[str]


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


class TensorMetadata(msgspec.Struct, frozen=True):
    """A tensor of a model. -1 in a shape is the number of rows."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct, frozen=True):
    """A model, the versions of it that answer, and its tensors: one per column."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class V2:
    """The endpoints under /v2."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What there is under /v2."""
        return (
            Operation("GET", "/v2", "server", "The server", self._server, ServerMetadata),
            Operation("GET", "/v2/health/live", "live", "Is it alive", self._live, Live),
            Operation(
                "GET",
                "/v2/health/ready",
                "ready",
                "Do all systems with a champion answer",
                self._ready,
                Ready,
                failures=(503,),
            ),
            *self._of_model("", "model", "The model", self._model, ModelMetadata),
            *self._of_model("/ready", "model_ready", "Does it answer", self._up, ModelReady),
            *self._of_model("/infer", "infer", "Answer tensors", self._infer, InferAnswer),
        )

    def _of_model(
        self, path: str, name: str, summary: str, endpoint: Endpoint, answers: type
    ) -> tuple[Operation, Operation]:
        """The same for what answers, and for a version by its number."""
        infers = answers is InferAnswer
        method, bodies = ("POST", (InferRequest,)) if infers else ("GET", ())
        failures = (400, 404, 413, 503) if infers else (404, 503)
        base, words = "/v2/models/{model}", f"{summary}, of one version"
        versioned = f"{base}/versions/{{version}}{path}"
        return (
            Operation(method, base + path, name, summary, endpoint, answers, bodies, failures),
            Operation(
                method, versioned, f"{name}_version", words, endpoint, answers, bodies, failures
            ),
        )

    async def _server(self, _request: Request) -> Response:
        return json_response(ServerMetadata("keel", VERSION, []))

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
        served = find_model(self._runtime, **request.path_params)
        signature = served.signature
        return json_response(
            ModelMetadata(
                served.system,
                [str(served.number)],
                "onnxruntime_onnx",
                [TensorMetadata(c.name, c.datatype, [-1, 1]) for c in signature.inputs],
                [
                    TensorMetadata(output.name, output.datatype, list(output.shape))
                    for output in outputs_of(signature)
                ],
            )
        )

    async def _up(self, request: Request) -> Response:
        served = find_model(self._runtime, **request.path_params)
        return json_response(ModelReady(served.system, True))

    async def _infer(self, request: Request) -> Response:
        model = request.path_params["model"]
        version = request.path_params.get("version")
        # An unknown model is said before its body is waited for.
        find_model(self._runtime, model, version)
        if BINARY in request.headers:
            raise RequestError(
                "the body has tensors in binary; send all of them as JSON (tritonclient: "
                "set_data_from_numpy(..., binary_data=False))"
            )
        body = await read_body(request)
        content = await run_in_threadpool(infer, self._runtime, model, version, body)
        return Response(content, media_type=JSON)

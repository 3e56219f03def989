"""The methods of the Open Inference Protocol over gRPC, from message to message."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from keel.api.grpc_infer import read_infer, write_infer
from keel.api.grpc_messages import methods
from keel.errors import KeelError, NotFound, NotReady
from keel.serve.describe_model import configure_model, describe_model, describe_server
from keel.serve.infer import find_model, infer
from keel.serve.model_statistics import read_statistics
from keel.serve.repository import (
    RepositoryRequest,
    index_repository,
    load_model,
    unload_model,
)
from keel.serve.runtime import Runtime

Answer = Callable[[Any], Any]


class GrpcService:
    """What each method answers; failures are raised as KeelError."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._methods = methods()

    @property
    def answers(self) -> dict[str, Answer]:
        """By the method's name, those that take one message and give one."""
        return {
            "ServerLive": lambda _: self._said("ServerLive", {"live": True}),
            "ServerReady": lambda _: self._said("ServerReady", {"ready": self._runtime.ready}),
            "ModelReady": self._model_ready,
            "ServerMetadata": lambda _: self._said("ServerMetadata", describe_server()),
            "ModelMetadata": lambda r: self._said("ModelMetadata", describe_model(self._find(r))),
            "ModelConfig": lambda r: self._said(
                "ModelConfig", {"config": configure_model(self._find(r))}
            ),
            "ModelStatistics": self._statistics,
            "ModelInfer": self._infer,
            "RepositoryIndex": self._index,
            "RepositoryModelLoad": self._load,
            "RepositoryModelUnload": self._unload,
        }

    def stream(self, requests: Iterator[Any]) -> Iterator[Any]:
        """An answer for each request, or what is wrong with it, in their order."""
        for request in requests:
            answer = self._methods["ModelStreamInfer"].response()
            answer.infer_response.id = request.id
            try:
                self._write(request, answer.infer_response)
            except KeelError as error:
                answer.error_message = str(error)
            answer.infer_response.parameters["triton_final_response"].bool_param = True
            yield answer

    def _infer(self, request: Any) -> Any:
        return self._write(request, self._methods["ModelInfer"].response())

    def _write(self, request: Any, response: Any) -> Any:
        # An unknown model is said before anything that is wrong with its tensors.
        model, version = request.model_name, request.model_version or None
        find_model(self._runtime, model, version)
        return write_infer(infer(self._runtime, model, version, read_infer(request)), response)

    def _model_ready(self, request: Any) -> Any:
        try:
            self._find(request)
        except (NotFound, NotReady):
            return self._said("ModelReady", {"ready": False})
        return self._said("ModelReady", {"ready": True})

    def _statistics(self, request: Any) -> Any:
        known = read_statistics(self._runtime, request.name, request.version or None)
        return self._said("ModelStatistics", known)

    def _index(self, request: Any) -> Any:
        found = index_repository(self._runtime, ready=request.ready)
        return self._said("RepositoryIndex", {"models": found})

    def _load(self, request: Any) -> Any:
        load_model(self._runtime, request.model_name, RepositoryRequest(dict(request.parameters)))
        return self._said("RepositoryModelLoad", {})

    def _unload(self, request: Any) -> Any:
        unload_model(self._runtime, request.model_name)

    def _find(self, request: Any) -> Any:
        return find_model(self._runtime, request.name, request.version or None)

    def _said(self, method: str, values: Any) -> Any:
        from google.protobuf.json_format import ParseDict

        return ParseDict(msgspec.to_builtins(values), self._methods[method].response())

"""The repository extension of the Open Inference Protocol: which models there are, and loading.

Which version answers is decided by releases, never by a client of the protocol.
Source: https://github.com/triton-inference-server/server,
docs/protocol/extension_model_repository.md.
"""

from typing import Any, NoReturn

import msgspec

from keel.errors import NotReady, RequestError
from keel.serve.infer import find_model
from keel.serve.runtime import Runtime


class IndexRequest(msgspec.Struct, frozen=True):
    """ready: leave out models that do not answer."""

    ready: bool = False


class RepositoryRequest(msgspec.Struct, frozen=True):
    """parameters: of loading or unloading."""

    parameters: dict[str, Any] = {}


class IndexedModel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model. state: READY, or UNAVAILABLE for the reason; a model that answers with the version
    before has a reason too."""

    name: str
    state: str
    version: str = ""
    reason: str = ""


class LoadedModel(msgspec.Struct, frozen=True):
    """What is in memory and answers."""

    name: str
    version: str


def index_repository(runtime: Runtime, *, ready: bool = False) -> list[IndexedModel]:
    """All systems by name. ready: only those that answer."""
    return [
        IndexedModel(
            standing.system,
            "UNAVAILABLE" if standing.served is None else "READY",
            "" if standing.served is None else str(standing.served.number),
            standing.problem or ("" if standing.routed else "it has no champion yet"),
        )
        for standing in runtime.standings.values()
        if standing.served is not None or not ready
    ]


def load_model(runtime: Runtime, model: str, asked: RepositoryRequest) -> LoadedModel:
    """Read now which version is to answer for `model`, and take it into memory if it is not.

    Raises RequestError for a configuration or files of the client's own, NotFound, and NotReady
    when the version cannot be loaded, whether or not the one before goes on answering.
    """
    odd = sorted(name for name in asked.parameters if name == "config" or name.startswith("file:"))
    if odd:
        raise RequestError(
            f"{model} cannot be loaded with {', '.join(odd)}: a version is what was registered; "
            f"keel run registers another, and keel release {model}@VERSION lets it answer"
        )
    runtime.refresh()
    served = find_model(runtime, model)
    problem = runtime.trouble or runtime.standings[model].problem
    if problem is not None:
        raise NotReady(
            f"{model} could not be loaded anew, and {served} goes on answering: {problem}"
        )
    return LoadedModel(served.system, str(served.number))


def unload_model(runtime: Runtime, model: str) -> NoReturn:
    """Always refused, as memory follows releases. Raises NotFound, NotReady, RequestError."""
    served = find_model(runtime, model)
    raise RequestError(
        f"{served} cannot be unloaded: its release lets it answer; keel rollback {model} or "
        "keel release moves the traffic, and what answers no more leaves memory by itself"
    )

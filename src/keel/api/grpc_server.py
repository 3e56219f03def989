"""Answers the Open Inference Protocol over gRPC, beside the HTTP server of the same process."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NoReturn

from keel.api.access import OPEN, Access, Role
from keel.api.body import MOST_BYTES
from keel.api.grpc_messages import SERVICE, Method, methods
from keel.api.grpc_service import GrpcService
from keel.errors import EnvironmentFailure, KeelError, MissingExtra
from keel.serve.runtime import Runtime

WORKERS = 40
STREAMS = 32
"""At once: each keeps a worker as long as it lasts."""
MOST_WAITING = 512
"""Requests at once, streams among them; more are refused at once as RESOURCE_EXHAUSTED."""
GRACE_S = 10

ROLES = {
    "ServerLive": Role.ANYBODY,
    "ServerReady": Role.ANYBODY,
    "RepositoryModelLoad": Role.ADMIN,
    "RepositoryModelUnload": Role.ADMIN,
}
"""Of methods that are not to answer."""

_MOST_WORDS = 2000
"""Of a message: all metadata of an answer must fit in 8 KB."""
_CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    413: "RESOURCE_EXHAUSTED",
    415: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_log = logging.getLogger("keel.serve")


@contextmanager
def serving_grpc(
    runtime: Runtime, host: str, port: int, access: Access = OPEN, *, shared: bool = False
) -> Iterator[int]:
    """Answer at `host` and `port` as long as the context lasts; a port of 0 takes any free one.
    access: who may ask for what, by the metadata `authorization`. shared: with other processes,
    which must say so too. Gives the port; when it ends, requests in progress are answered first.

    Raises MissingExtra without grpcio, EnvironmentFailure when the port cannot be had.
    """
    try:
        import grpc
    except ImportError as cause:
        raise MissingExtra("gRPC", "grpc") from cause
    options = (
        ("grpc.max_receive_message_length", MOST_BYTES),
        ("grpc.max_send_message_length", -1),
        # Another server on the same port would take a share of its requests, unnoticed.
        ("grpc.so_reuseport", int(shared)),
    )
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="keel-grpc") as pool:
        server = grpc.server(pool, options=options, maximum_concurrent_rpcs=MOST_WAITING)
        server.add_generic_rpc_handlers((_handler(runtime, access),))
        shown = f"[{host}]" if ":" in host else host
        try:
            taken = server.add_insecure_port(f"{shown}:{port}")
        except RuntimeError as cause:
            raise EnvironmentFailure(
                f"cannot listen on {host} port {port} for gRPC: stop what listens there, or give "
                "another --grpc-port (0 takes any free one)"
            ) from cause
        server.start()
        try:
            yield taken
        finally:
            server.stop(GRACE_S).wait()


def _handler(runtime: Runtime, access: Access) -> Any:
    import grpc

    service = GrpcService(runtime)
    answers = service.answers
    handlers = {
        method.name: _streaming(method, service, access)
        if method.streams
        else grpc.unary_unary_rpc_method_handler(
            _answering(answers[method.name], access, ROLES.get(method.name, Role.ANSWER)),
            method.request.FromString,
            _encode,
        )
        for method in methods().values()
    }
    return grpc.method_handlers_generic_handler(SERVICE, handlers)


def _encode(message: Any) -> bytes:
    encoded: bytes = message.SerializeToString()
    return encoded


def _answering(
    answer: Callable[[Any], Any], access: Access, role: Role
) -> Callable[[Any, Any], Any]:
    def answer_or_abort(request: Any, context: Any) -> Any:
        try:
            _admit(access, role, context)
            return answer(request)
        except Exception as error:
            _abort(context, error)

    return answer_or_abort


def _admit(access: Access, role: Role, context: Any) -> None:
    if access.closed:
        access.admit(dict(context.invocation_metadata()).get("authorization"), role)


def _streaming(method: Method, service: GrpcService, access: Access) -> Any:
    import grpc

    free = threading.Semaphore(STREAMS)

    def stream(requests: Iterator[Any], context: Any) -> Iterator[Any]:
        if not free.acquire(blocking=False):
            words = f"{STREAMS} streams are open, which is as many as there may be"
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, words)
        try:
            _admit(access, Role.ANSWER, context)
            yield from service.stream(requests)
        except Exception as error:
            # The client going away ends its requests with an exception of gRPC's own.
            if context.is_active():
                _abort(context, error)
        finally:
            free.release()

    return grpc.stream_stream_rpc_method_handler(stream, method.request.FromString, _encode)


def _abort(context: Any, error: Exception) -> NoReturn:
    import grpc

    if isinstance(error, KeelError):
        code = getattr(grpc.StatusCode, _CODES.get(error.status, "INTERNAL"))
        words = str(error)
    else:
        _log.error("a gRPC request failed", exc_info=error)
        code = grpc.StatusCode.INTERNAL
        words = "the request failed inside Keel; its log on stderr says where"
    context.abort(code, words if len(words) <= _MOST_WORDS else f"{words[: _MOST_WORDS - 3]}...")
    raise AssertionError("abort has raised")

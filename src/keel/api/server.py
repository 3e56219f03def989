"""Runs the application behind uvicorn, until it is told to stop."""

import ipaddress
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvicorn

from keel.api.access import Access, read_access
from keel.api.app import create_app
from keel.api.connection import connection_class
from keel.api.grpc_server import serving_grpc
from keel.api.limits import USUAL_LIMITS, Limits
from keel.errors import EnvironmentFailure, InputError, MissingExtra
from keel.serve.answers.open_answer_log import open_answer_log
from keel.serve.board import open_board
from keel.serve.meters import Meters
from keel.serve.refused_events import RefusedEvents
from keel.serve.runtime import Runtime
from keel.store import Store

GRACE_S = 10
"""How long requests in progress may take after the server is told to stop."""
BACKLOG = 2048


def serve(
    store: Store,
    *,
    host: str,
    port: int,
    grpc_port: int | None = None,
    insecure: bool = False,
    limits: Limits = USUAL_LIMITS,
) -> None:
    """Answer at `host` and `port` until SIGINT or SIGTERM; a port of 0 takes any free one.
    grpc_port: for gRPC, the one above `port` unless said; without grpcio it is off.

    The address is printed on stderr when connections are taken. Raises InputError for a host that
    others can reach without a token unless `insecure`, EnvironmentFailure when the port cannot be
    had.
    """
    access = read_access(store.settings.tokens)
    if not (insecure or access.closed or is_loopback(host)):
        raise InputError(
            f"host {host!r} can be reached by others, and anybody who reaches it may ask: set "
            "KEEL_TOKENS, or listen on 127.0.0.1, or say --insecure"
        )
    signal.signal(signal.SIGTERM, _leave)
    asked = grpc_port is not None
    beside = grpc_port if grpc_port is not None else port and (port + 1) % 65536
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(host, port))
        taken = listening.getsockname()[1]
        meters = Meters(open_board(store.settings.run / str(taken)))
        answer_log = stack.enter_context(open_answer_log(store.settings))
        runtime = Runtime(
            store.engine,
            store.blobs,
            online=store.online,
            answer_log=answer_log,
            refused=RefusedEvents(store.settings.refused),
            meters=meters,
        )
        runtime.refresh()
        grpc_words = stack.enter_context(_grpc(runtime, host, beside, asked, access))
        config = uvicorn.Config(
            create_app(runtime, limits=limits, access=access),
            http=connection_class(limits),
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_S,
        )
        _announce(runtime, host, taken, grpc_words)
        uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`.

    >>> is_loopback("::1"), is_loopback("0.0.0.0")
    (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise EnvironmentFailure(
            f"cannot listen on {host} port {port} ({error.strerror or error}): stop what listens "
            "there, or give another --port (0 takes any free one)"
        ) from error


@contextmanager
def _grpc(runtime: Runtime, host: str, port: int, asked: bool, access: Access) -> Iterator[str]:
    """What is said of gRPC. asked: whether it may not be left out."""
    try:
        import grpc  # noqa: F401
    except ImportError as cause:
        missing = MissingExtra("gRPC, which is off,", "grpc")
        if asked:
            raise missing from cause
        yield f"  {missing}"
        return
    with serving_grpc(runtime, host, port, access) as taken:
        yield f"  gRPC on port {taken}"


def _announce(runtime: Runtime, host: str, port: int, grpc_words: str) -> None:
    shown = f"[{host}]" if ":" in host else host
    lines = [f"listening on http://{shown}:{port}", grpc_words]
    for standing in runtime.standings.values():
        if standing.served is None:
            lines.append(f"  {standing.system}: not ready: {standing.problem or 'no champion yet'}")
        else:
            lines.append(f"  {standing.served}: POST /v1/{standing.system}/predict")
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()


def _leave(_signal: int, _frame: object) -> None:
    # uvicorn raises the signal again once every request is answered: being stopped is no failure.
    sys.exit(0)

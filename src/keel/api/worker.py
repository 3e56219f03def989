"""One process of a server: it answers until the one that started it says stop, or is gone.

`python -m keel.api.worker`, with its orders as a line of JSON on stdin. When it takes connections
it says so, with what it answers, as a line of JSON on stdout. The end of stdin is its stop.
"""

import gc
import signal
import socket
import sys
import threading
from contextlib import ExitStack

import msgspec
import uvicorn
from starlette.types import ASGIApp

from keel.api.access import read_access
from keel.api.app import create_app
from keel.api.connection import connection_class
from keel.api.grpc_server import serving_grpc
from keel.api.limits import Limits
from keel.api.orders import Orders, settings_of
from keel.api.traces import open_traces
from keel.errors import KeelError
from keel.serve.answers.open_answer_log import open_answer_log
from keel.serve.board import open_board
from keel.serve.meters import Meters
from keel.serve.refused_events import RefusedEvents
from keel.serve.runtime import Runtime
from keel.serve.shadow_line import ShadowLine
from keel.settings import share_processors
from keel.store import open_store

GRACE_S = 10
"""How long requests in progress may take after the server is told to stop."""
BACKLOG = 2048
SWITCH_S = 0.0005


def main() -> None:
    """Read the orders and follow them."""
    share_processors()
    # A thread that writes the log must not keep requests waiting for the interpreter.
    sys.setswitchinterval(SWITCH_S)
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    # Ctrl-C reaches every process of a terminal; the first of them says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = open_store(settings_of(orders))
    access = read_access(store.settings.tokens)
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket(fileno=orders.listening))
        meters = Meters(open_board(store.settings.run / str(orders.port)))
        answer_log = stack.enter_context(open_answer_log(store.settings))
        traces = stack.enter_context(open_traces(store.settings))
        runtime = Runtime(
            store.engine,
            store.blobs,
            online=store.online,
            answer_log=answer_log,
            refused=RefusedEvents(store.settings.refused),
            meters=meters,
            note=None if traces is None else traces.note,
            shadow=ShadowLine(stack.enter_context(socket.socket(fileno=orders.shadow))),
        )
        runtime.refresh()
        if orders.grpc_port is not None:
            stack.enter_context(
                serving_grpc(runtime, orders.host, orders.grpc_port, access, shared=True)
            )
        answers = store.settings.answers
        app = create_app(runtime, limits=orders.limits, access=access, answers=answers)
        server = _server(app if traces is None else traces.follow(app), orders.limits)
        threading.Thread(target=_stop_at_end, args=(server,), daemon=True).start()
        _keep_what_is_loaded()
        _say(runtime)
        server.run(sockets=[listening])


def _server(app: ASGIApp, limits: Limits) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=connection_class(limits),
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


def _keep_what_is_loaded() -> None:
    """Look for garbage in it no more: that would take a quarter of the processor."""
    gc.collect()
    gc.freeze()


def _stop_at_end(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True


def _say(runtime: Runtime) -> None:
    lines = [
        f"{standing.system}: not ready: {standing.problem or 'no champion yet'}"
        if standing.served is None
        else f"{standing.served}: POST /v1/{standing.system}/predict"
        for standing in runtime.standings.values()
    ]
    sys.stdout.buffer.write(msgspec.json.encode(lines) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main()
    except KeelError as error:
        sys.exit(f"error: {error}")

"""Starts the processes of a server, and keeps them until it is told to stop."""

import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FrameType

from msgspec.structs import replace

from keel.api.access import read_access
from keel.api.limits import USUAL_LIMITS, Limits
from keel.api.orders import Orders, plain_settings
from keel.api.worker import BACKLOG
from keel.api.workers import Workers
from keel.clock import system_clock
from keel.database import reading
from keel.errors import EnvironmentFailure, InputError, KeelError, MissingExtra
from keel.releases.find_release import all_in_flight
from keel.serve.board import forget_boards
from keel.store import Store

WATCH_S = 0.2
LAST_LOOK_S = 5.0


def serve(
    store: Store,
    *,
    host: str,
    port: int,
    grpc_port: int | None = None,
    workers: int = 1,
    insecure: bool = False,
    limits: Limits = USUAL_LIMITS,
) -> None:
    """Answer at `host` and `port` until SIGINT or SIGTERM; a port of 0 takes any free one.
    grpc_port: for gRPC, the one above `port` unless said; without grpcio it is off. workers: how
    many processes share the ports; one that dies is started again.

    The address is printed on stderr when connections are taken. Raises InputError for a host that
    others can reach without a token unless `insecure`, EnvironmentFailure when a port cannot be
    had.
    """
    access = read_access(store.settings.tokens)
    if not (insecure or access.closed or is_loopback(host)):
        raise InputError(
            f"host {host!r} can be reached by others, and anybody who reaches it may ask: set "
            "KEEL_TOKENS, or listen on 127.0.0.1, or say --insecure"
        )
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(host, port))
        taken = listening.getsockname()[1]
        forget_boards(store.settings.run / str(taken))
        beside = grpc_port if grpc_port is not None else port and (port + 1) % 65536
        held, grpc_words = _hold_grpc(host, beside, asked=grpc_port is not None)
        if held is not None:
            stack.enter_context(held)
        ends = [stack.enter_context(end) for end in socket.socketpair(type=socket.SOCK_SEQPACKET)]
        orders = Orders(
            plain_settings(store.settings),
            host,
            taken,
            listening.fileno(),
            None if held is None else held.getsockname()[1],
            limits,
            ends[0].fileno(),
        )
        stop = stack.enter_context(_stop_by_signal())
        descriptors = [listening.fileno(), ends[0].fileno()]
        answering = Workers(orders, workers, descriptors, "keel.api.worker")
        stack.callback(answering.stop)
        orders = replace(orders, shadow=ends[1].fileno())
        shadow = Workers(orders, 0, [ends[1].fileno()], "keel.api.shadow_worker")
        stack.callback(shadow.stop)
        _announce(host, taken, [grpc_words, *answering.wait_until_ready()])
        _keep(store, answering, shadow, stop)
        # Who comes now would wait for an answer that nobody gives.
        listening.close()


def _keep(store: Store, answering: Workers, shadow: Workers, stop: threading.Event) -> None:
    """Keep processes running until `stop`."""
    # A database that is locked makes wait for it: whoever dies meanwhile is replaced all the same.
    looking = threading.Thread(target=_look_after_releases, args=(store, shadow, stop), daemon=True)
    looking.start()
    while not stop.wait(WATCH_S):
        answering.keep()
        shadow.keep()
    looking.join(LAST_LOOK_S)


def _look_after_releases(store: Store, shadow: Workers, stop: threading.Event) -> None:
    """Say whether there is something to ask in shadow, and control what is in flight."""
    with ExitStack() as stack:
        controlled = False
        while not stop.wait(WATCH_S):
            try:
                with reading(store.engine) as connection:
                    flying = all_in_flight(connection)
            except KeelError:
                # Nobody can tell while the database is away: all stays as it is.
                continue
            shadow.count = int(any(release.shadow for release in flying))
            if flying and not controlled:
                stack.enter_context(_controlling(store))
                controlled = True


def _controlling(store: Store) -> AbstractContextManager[None]:
    # What judges releases loads statistics, which a server without a release has no need of.
    from keel.monitor.release_evidence import ReleaseEvidence
    from keel.respond.release_controller import ReleaseController, controlling

    gather = ReleaseEvidence(store.engine, store.blobs, store.settings)
    return controlling(ReleaseController(store.engine, gather, system_clock))


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


def _hold_grpc(host: str, port: int, *, asked: bool) -> tuple[socket.socket | None, str]:
    """A port that the processes can share, and no other server can take, and what is said of it.

    asked: whether gRPC may not be left out. The socket is never listened at: each process does.
    """
    try:
        import grpc  # noqa: F401
    except ImportError as cause:
        missing = MissingExtra("gRPC, which is off,", "grpc")
        if asked:
            raise missing from cause
        return None, str(missing)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Whoever listens there already, even one who would share, is in the way.
        with socket.create_server((host, port), family=family) as free:
            taken = free.getsockname()[1]
        held = socket.socket(family)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((host, taken))
    except OSError as error:
        raise EnvironmentFailure(
            f"cannot listen on {host} port {port} for gRPC ({error.strerror or error}): stop what "
            "listens there, or give another --grpc-port (0 takes any free one)"
        ) from error
    return held, f"gRPC on port {taken}"


@contextmanager
def _stop_by_signal() -> Iterator[threading.Event]:
    """What SIGTERM and SIGINT set; being interrupted is told in the end."""
    stopped, interrupts = threading.Event(), []

    def stop(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            interrupts.append(number)
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if interrupts:
        raise KeyboardInterrupt


def _announce(host: str, port: int, lines: list[str]) -> None:
    shown = f"[{host}]" if ":" in host else host
    said = [f"listening on http://{shown}:{port}", *(f"  {line}" for line in lines)]
    sys.stderr.write("\n".join(said) + "\n")
    sys.stderr.flush()

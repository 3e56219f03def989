"""What a client does wrong below HTTP, over real sockets."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from keel.api.app import create_app
from keel.api.body import MOST_BYTES
from keel.api.connection import connection_class
from keel.api.limits import Limits
from keel.registry.record import Record
from keel.serve.runtime import Runtime
from tiny_systems import add, open_tiny_store, petals

PREDICT = b"POST /v1/petals/predict HTTP/1.1\r\nhost: keel\r\n"
BATCH = b"POST /v1/petals/batch HTTP/1.1\r\nhost: keel\r\nconnection: close\r\n"
PETAL = b'{"length": 2, "width": 0}'
WHOLE = PREDICT + b"content-length: %d\r\n\r\n" % len(PETAL) + PETAL
IMPATIENT = Limits(receive_s=0.1, most_header_bytes=1000, most_headers=10)

Ask = Callable[..., bytes]


@contextmanager
def listening(runtime: Runtime, limits: Limits) -> Iterator[Ask]:
    """A server in a thread; a function that sends parts over one connection and reads until the
    server hangs up, or has given so many answers."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(runtime, limits=limits),
                http=connection_class(limits),
                log_config=None,
                ws="none",
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [found]})
        thread.start()

        def ask(*parts: bytes, answers: int | None = None, pause_s: float = 0) -> bytes:
            received = b""
            with socket.create_connection(found.getsockname(), timeout=10) as client:
                try:
                    for part in parts:
                        client.sendall(part)
                        time.sleep(pause_s)
                except OSError:  # the server has hung up, and its answer may be there
                    pass
                while answers is None or received.count(b"HTTP/1.1 ") < answers:
                    try:
                        read = client.recv(2**16)
                    except ConnectionResetError:
                        break
                    if not read:
                        break
                    received += read
            return received

        try:
            yield ask
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def runtime(
    tmp_path_factory: pytest.TempPathFactory, make_record: Callable[..., Record]
) -> Iterator[Runtime]:
    store = open_tiny_store(tmp_path_factory.mktemp("connection"))
    add(store, "petals", petals(), make_record=make_record)
    yield Runtime(store.engine, store.blobs)
    store.engine.dispose()


@pytest.fixture(scope="module")
def ask(runtime: Runtime) -> Iterator[Ask]:
    with listening(runtime, Limits()) as ask:
        yield ask


@pytest.fixture(scope="module")
def impatient(runtime: Runtime) -> Iterator[Ask]:
    with listening(runtime, IMPATIENT) as ask:
        yield ask


def failure_of(answer: bytes, status: int) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    (message,) = json.loads(body).values()
    return str(message)


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /v1/petals/pre", PREDICT, PREDICT + b"content-length: 25\r\n\r\n{"],
    ids=["nothing", "half a line", "half the headers", "half the body"],
)
def test_a_request_that_does_not_come_in_is_408(impatient: Ask, sent: bytes) -> None:
    assert "within 0.1 s" in failure_of(impatient(sent), 408)


def test_a_client_that_asks_whether_it_may_send_a_batch_is_told(ask: Ask) -> None:
    head = BATCH + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n"
    received = ask(head % len(PETAL), PETAL)
    assert received.startswith(b"HTTP/1.1 100 ")
    assert received.count(b'{"prediction"') == 1


def test_a_batch_may_take_longer_than_a_request_as_long_as_more_comes(runtime: Runtime) -> None:
    head = BATCH + b"content-length: %d\r\n\r\n"
    line = PETAL + b"\n"
    with listening(runtime, Limits(receive_s=1)) as ask:
        received = ask(head % (14 * len(line)), *[line] * 14, pause_s=0.1)
        unfinished = ask(head % 10**6, line)
    assert received.count(b'{"prediction"') == 14
    assert unfinished.count(b'{"prediction"') == 1


def test_a_connection_that_stops_within_its_second_request_is_ended(impatient: Ask) -> None:
    received = impatient(WHOLE, PREDICT, pause_s=0.05)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in received


def test_headers_without_end_are_431(impatient: Ask) -> None:
    assert "1000 bytes" in failure_of(impatient(PREDICT, b"x: " + b"y" * 500, b"y" * 600), 431)


def test_too_many_headers_are_431(impatient: Ask) -> None:
    many = b"".join(b"x%d: y\r\n" % number for number in range(20))
    received = impatient(WHOLE.replace(b"\r\n\r\n", b"\r\n" + many + b"\r\n"), answers=1)
    assert "more than 10 headers" in failure_of(received, 431)


def test_what_is_no_http_is_400(ask: Ask) -> None:
    assert "not HTTP" in failure_of(ask(b"\x16\x03\x01 hello\r\n\r\n"), 400)


def test_a_body_of_100_mb_is_413_before_it_has_come(ask: Ask) -> None:
    head = PREDICT + b"content-length: 100000000\r\n\r\n"
    assert str(MOST_BYTES) in failure_of(ask(head, answers=1), 413)


def test_a_body_without_end_is_413(ask: Ask) -> None:
    chunk = b"100000\r\n" + b" " * 2**20 + b"\r\n"
    head = PREDICT + b"transfer-encoding: chunked\r\n\r\n"
    assert str(MOST_BYTES) in failure_of(ask(head, *[chunk] * 33, answers=1), 413)


def test_a_body_that_is_nested_deeply_is_400(ask: Ask) -> None:
    body = b"[" * 50_000
    head = PREDICT + b"content-length: %d\r\n\r\n" % len(body)
    assert "nested too deeply" in failure_of(ask(head, body, answers=1), 400)


def test_requests_sent_at_once_are_answered_in_turn(ask: Ask) -> None:
    received = ask(WHOLE * 3, answers=3)
    assert received.count(b"HTTP/1.1 200 ") == 3


def test_a_body_that_comes_after_its_headers_is_answered(ask: Ask) -> None:
    head, _, body = WHOLE.partition(b"\r\n\r\n")
    assert ask(head + b"\r\n\r\n", body[:5], body[5:], answers=1).startswith(b"HTTP/1.1 200 ")

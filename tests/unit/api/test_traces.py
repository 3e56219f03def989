import asyncio
import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from keel.api.app import create_app
from keel.api.traces import open_traces
from keel.errors import InputError
from keel.registry.record import Record
from keel.serve.runtime import Runtime
from keel.settings import Settings, read_settings
from tiny_systems import add, open_tiny_store, petals

proto = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra otel")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
NOT_SAMPLED = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-00"}
PETAL = {"length": 2, "width": 0}


class Collector(ThreadingHTTPServer):
    """Takes spans over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        super().__init__(("127.0.0.1", 0), Taking)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = proto.ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_given: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path, make_record: Callable[..., Record]) -> Path:
    store = open_tiny_store(tmp_path)
    add(store, "petals", petals(), make_record=make_record)
    store.engine.dispose()
    return tmp_path


def settings(home: Path, traces: str, sample: str = "1") -> Settings:
    given = {"KEEL_HOME": str(home), "KEEL_TRACES": traces, "KEEL_TRACES_SAMPLE": sample}
    return read_settings(given)


async def ask(home: Path, given: Settings, bodies: list[Any], headers: dict[str, str]) -> list[int]:
    """The statuses of requests that are followed."""
    store = open_tiny_store(home)
    with open_traces(given) as traces:
        assert traces is not None
        runtime = Runtime(store.engine, store.blobs, note=traces.note)
        runtime.refresh()
        transport = httpx.ASGITransport(traces.follow(create_app(runtime)))
        async with httpx.AsyncClient(transport=transport, base_url="http://keel") as client:
            answers = [
                await client.post("/v1/petals/predict", json=body, headers=headers)
                for body in bodies
            ]
    store.engine.dispose()
    return [answer.status_code for answer in answers]


def attributes(span: Any) -> dict[str, Any]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes
    }


def test_a_span_says_what_answered_under_the_clients_own(home: Path, collector: Collector) -> None:
    many = {"rows": [PETAL, PETAL, PETAL]}
    given = settings(home, collector.address)
    assert asyncio.run(ask(home, given, [PETAL, many, {"rows": 3}], PARENT)) == [200, 200, 400]
    one, three, refused = map(attributes, collector.spans)
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert {span.parent_span_id.hex() for span in collector.spans} == {"00f067aa0ba902b7"}
    known = {"keel.system": "petals", "keel.version": 1, "keel.arm": "champion"}
    assert one.items() >= (known | {"keel.rows": 1, "http.response.status_code": 200}).items()
    assert three.items() >= (known | {"keel.rows": 3}).items(), "answered in another thread"
    assert refused["http.response.status_code"] == 400
    assert "keel.version" not in refused


def test_the_client_or_else_the_share_says_what_is_traced(home: Path, collector: Collector) -> None:
    asyncio.run(ask(home, settings(home, collector.address), [PETAL], NOT_SAMPLED))
    asyncio.run(ask(home, settings(home, collector.address, "0"), [PETAL], {}))
    assert collector.spans == []
    asyncio.run(ask(home, settings(home, collector.address, "0"), [PETAL], PARENT))
    assert len(collector.spans) == 1


def test_spans_on_the_console_are_json_on_stderr(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(ask(home, settings(home, "console"), [PETAL], {}))
    said = capsys.readouterr()
    assert json.loads(said.err)["attributes"]["keel.system"] == "petals"
    assert said.out == ""


@pytest.mark.parametrize(("traces", "sample"), [("collector:4318", "1"), ("console", "2")])
def test_settings_that_say_nothing_are_refused(tmp_path: Path, traces: str, sample: str) -> None:
    with (
        pytest.raises(InputError, match="KEEL_TRACES"),
        open_traces(settings(tmp_path, traces, sample)),
    ):
        pass


def test_without_the_setting_nothing_of_it_is_loaded() -> None:
    program = """
import sys
from keel.api.traces import open_traces
from keel.settings import read_settings
with open_traces(read_settings({})) as traces:
    assert traces is None
assert not any(name.startswith("opentelemetry") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)

"""A span of OpenTelemetry for every request that asks for something, where `KEEL_TRACES` says."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import polars as pl
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keel.about import VERSION
from keel.errors import InputError, MissingExtra
from keel.serve.answer_log import Answered
from keel.settings import Settings

CONSOLE = "console"
TIMEOUT_S = 5.0
"""For a collector to take spans, in a thread of its own."""

_span: ContextVar[Any] = ContextVar("keel_span", default=None)


class Traces:
    """Follows requests; what answered them is said by `note`. Spans wait in a bounded queue."""

    def __init__(self, provider: Any, propagator: Any, kind: Any) -> None:
        self._tracer = provider.get_tracer("keel", VERSION)
        self._propagator = propagator
        self._kind = kind

    def follow(self, app: ASGIApp) -> ASGIApp:
        """`app`, with a span around each POST, under the one that its `traceparent` names."""

        async def followed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "POST":
                await app(scope, receive, send)
                return
            headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
            span = self._tracer.start_span(
                "POST",
                self._propagator.extract(headers),
                self._kind,
                {"http.request.method": "POST", "url.path": scope["path"]},
            )

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            before = _span.set(span)
            try:
                await app(scope, receive, send_noted)
            finally:
                _span.reset(before)
                span.end()

        return followed

    def note(self, answered: Answered) -> None:
        """What answered the request that is being followed, if one is."""
        span = _span.get()
        if span is None or not span.is_recording():
            return
        rows = answered.rows
        span.update_name(f"answer {answered.served.system}")
        span.set_attributes(
            {
                "keel.system": answered.served.system,
                "keel.version": answered.served.number,
                "keel.arm": answered.arm,
                "keel.rows": len(rows) if isinstance(rows, pl.DataFrame) else 1,
                "keel.request_id": answered.request_id,
            }
        )
        if answered.error is not None:
            span.set_attribute("keel.error", answered.error)


@contextmanager
def open_traces(settings: Settings) -> Iterator[Traces | None]:
    """What the settings ask for, None where they ask for nothing: then nothing is loaded. Spans
    that wait are sent at the end.

    Raises InputError for an address or a share that is none, MissingExtra.
    """
    if settings.traces is None:
        yield None
        return
    share = _share(settings.traces_sample)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
    except ImportError as error:
        raise MissingExtra("KEEL_TRACES", "otel") from error
    if settings.traces == CONSOLE:
        # What a process writes on stdout is for the one that started it.
        exporter = ConsoleSpanExporter(out=sys.stderr)
    else:
        exporter = OTLPSpanExporter(_collector(settings.traces), timeout=TIMEOUT_S)
    resource = Resource.create({"service.name": "keel", "service.version": VERSION})
    provider = TracerProvider(ParentBasedTraceIdRatio(share), resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Traces(provider, TraceContextTextMapPropagator(), SpanKind.SERVER)
    finally:
        provider.shutdown()


def _collector(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise InputError(
            f"KEEL_TRACES is {address!r}; it is http://HOST:4318, where a collector takes OTLP "
            f"over HTTP, or {CONSOLE}"
        )
    return f"{address.rstrip('/')}/v1/traces"


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise InputError(f"KEEL_TRACES_SAMPLE is {text!r}; it is a share from 0 to 1")
    return share

"""The HTTP application: every operation as a route, every failure as JSON."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from keel.api.access import OPEN, Access
from keel.api.failures import HANDLERS
from keel.api.front import Front
from keel.api.index import POLICY, index_page
from keel.api.limits import USUAL_LIMITS, Limits
from keel.api.metrics import PROMETHEUS, render_metrics
from keel.api.openapi import describe
from keel.api.operation import Endpoint, Operation, json_response
from keel.api.releases import Releases
from keel.api.threads import Threads
from keel.api.v1 import HTML, V1, listed
from keel.api.v2 import V2
from keel.serve.runtime import POLL_S, Runtime, polling

LOOK_S = 1.0


def create_app(
    runtime: Runtime,
    *,
    poll_s: float = POLL_S,
    limits: Limits = USUAL_LIMITS,
    access: Access = OPEN,
    answers: Path | None = None,
) -> Front:
    """An ASGI application that answers with `runtime`, and keeps it fresh while it runs. answers:
    the folder of what it answered, if that is kept."""
    threads = Threads(limits)
    operations = operations_of(runtime, threads, answers)
    document = describe(operations)

    async def openapi(_request: Request) -> Response:
        return json_response(document)

    routes = [
        Route(o.path, _guarded(o, access), methods=[o.method], name=o.name) for o in operations
    ]
    routes.append(Route("/openapi.json", openapi, methods=["GET"], name="openapi"))
    lifespan = _lifespan(runtime, threads, poll_s)
    rest = Starlette(routes=routes, exception_handlers=HANDLERS, lifespan=lifespan)
    return Front(runtime, rest, limits, access)


def operations_of(
    runtime: Runtime, threads: Threads, answers: Path | None = None
) -> tuple[Operation, ...]:
    """Everything that can be asked for, but for what describes it."""
    return (
        *V1(runtime, threads).operations,
        *Releases(runtime, answers, threads).operations,
        *V2(runtime, threads).operations,
        *_pages(runtime, threads),
    )


def _guarded(operation: Operation, access: Access) -> Endpoint:
    """Its endpoint, for those who may; they are named in the audit trail as `state.actor` says."""

    async def endpoint(request: Request) -> Response:
        authorization = request.headers.get("authorization")
        request.state.actor = access.admit(authorization, operation.role)
        return await operation.endpoint(request)

    return endpoint


def _pages(runtime: Runtime, threads: Threads) -> tuple[Operation, ...]:
    async def index(_request: Request) -> Response:
        page = index_page(listed(standing) for standing in runtime.standings.values())
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    def numbers() -> str:
        runtime.look(threads.busy)
        return render_metrics(
            runtime.meters.board.read(), runtime.standings.values(), runtime.trouble
        )

    async def metrics(_request: Request) -> Response:
        return Response(await run_in_threadpool(numbers), media_type=PROMETHEUS)

    return (
        Operation("GET", "/", "index", "A page for a person", index, HTML),
        Operation("GET", "/metrics", "metrics", "Numbers for Prometheus", metrics, "text/plain"),
    )


def _lifespan(
    runtime: Runtime, threads: Threads, poll_s: float
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(runtime.refresh)
        looking = asyncio.create_task(_look(runtime, threads))
        with polling(runtime, poll_s):
            yield
        looking.cancel()
        threads.close()

    return lifespan


async def _look(runtime: Runtime, threads: Threads) -> None:
    """Let other processes know how things are with this one."""
    while True:
        runtime.look(threads.busy)
        await asyncio.sleep(LOOK_S)

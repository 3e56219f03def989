"""Rows answered line by line while they are sent."""

import asyncio
from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from keel.api.spool import Spool
from keel.serve.batch import Batch, read_batch_options
from keel.serve.runtime import Runtime

NDJSON = "application/x-ndjson"


def answer_batch(runtime: Runtime, request: Request) -> Response:
    """The answers to the lines of a body, whatever its length. Raises NotFound, NotReady and, for
    the `options` of the query, RequestError."""
    system = request.path_params["system"]
    options = read_batch_options(request.query_params.get("options"), runtime.serving(system))
    return _Answers(Batch(runtime, system, options), request)


class _Answers(Response):
    """Sends while it receives; Starlette's streaming response would read the body itself, to learn
    that the client is gone."""

    media_type = NDJSON

    def __init__(self, batch: Batch, request: Request) -> None:
        version, request_id = str(batch.served.number), batch.request_id
        super().__init__(headers={"keel-version": version, "keel-request-id": request_id})
        del self.headers["content-length"]
        self._batch = batch
        self._request = request

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        spool = Spool()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send(spool, send))
                async for part in self._request.stream():
                    await self._write(self._batch.feed(part), spool)
                await self._write(self._batch.end(), spool)
                await spool.end()
        except* ClientDisconnect:
            # Nobody is left to be told.
            pass
        finally:
            spool.close()

    async def _write(self, answers: Iterator[bytes], spool: Spool) -> None:
        while True:
            some = await run_in_threadpool(next, answers, b"")
            if not some:
                return
            await spool.write(some)

    async def _send(self, spool: Spool, send: Send) -> None:
        piece = await spool.read()
        # Not before there is something to say: a client that asks first whether it may send its
        # rows (`Expect: 100-continue`, as curl does) is told so only while no answer has begun.
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await spool.read()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

"""Does work in threads, no more at once than can be done in time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from keel.api.limits import Limits
from keel.errors import Overloaded, TookTooLong

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Threads:
    """Threads of one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(thread_name_prefix="keel-answer")
        self._busy = 0

    @property
    def busy(self) -> int:
        """Calls that are waiting or being done."""
        return self._busy

    async def run(
        self,
        function: Callable[Parameters, Result],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """What `function` returns. Raises Overloaded at once where too many calls are being done,
        TookTooLong when it takes too long, and what it raises."""
        if self._busy >= self._limits.most_at_once:
            raise Overloaded(f"{self._busy} requests are in work, as many as are taken at once")
        loop = asyncio.get_running_loop()
        self._busy += 1
        context = copy_context()
        job = self._pool.submit(lambda: context.run(function, *arguments, **named))
        # Not when the request is given up: until then its thread has work.
        job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        try:
            async with asyncio.timeout(self._limits.answer_s) as limit:
                return await asyncio.wrap_future(job)
        except TimeoutError as cause:
            if not limit.expired():
                raise
            raise TookTooLong(
                f"there was no answer within {self._limits.answer_s:g} s: send fewer rows at once, "
                "or use keel predict SYSTEM IN OUT for a whole table"
            ) from cause

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _done(self) -> None:
        self._busy -= 1

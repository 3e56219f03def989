import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from keel.api.limits import Limits
from keel.api.threads import Threads
from keel.errors import Overloaded, TookTooLong


def test_what_is_beyond_the_limit_is_told_to_come_back_until_work_is_done() -> None:
    go = threading.Event()

    async def ask() -> list[Any]:
        threads = Threads(Limits(most_at_once=2))
        held = [asyncio.ensure_future(threads.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="2 requests are in work"):
            await threads.run(go.wait)
        go.set()
        done = await asyncio.gather(*held)
        await until(lambda: threads.busy == 0)
        return [*done, await threads.run(lambda: "after")]

    assert asyncio.run(ask()) == [True, True, "after"]


def test_what_takes_too_long_is_given_up_but_counts_until_its_thread_is_free() -> None:
    go = threading.Event()

    async def ask() -> None:
        threads = Threads(Limits(most_at_once=1, answer_s=0.01))
        with pytest.raises(TookTooLong, match=r"within 0\.01 s"):
            await threads.run(go.wait)
        with pytest.raises(Overloaded):
            await threads.run(go.wait)
        go.set()
        await until(lambda: threads.busy == 0)
        assert await threads.run(lambda: "after") == "after"

    asyncio.run(ask())


@pytest.mark.parametrize("error", [TimeoutError("its own"), ValueError("odd")])
def test_what_the_work_raises_is_raised(error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        asyncio.run(Threads(Limits()).run(fail))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)

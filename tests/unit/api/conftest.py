"""Small real systems behind the application, asked without a socket."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from keel.api.access import Access
from keel.api.app import create_app
from keel.api.front import Front
from keel.registry.record import Record
from keel.registry.version import Version
from keel.serve.runtime import Runtime
from keel.store import Store
from keel.train.export.exported import Exported
from tiny_systems import add, houses, loans, open_tiny_store, petals


class Api:
    """An application and a way to ask it."""

    def __init__(self, store: Store, app: Front, runtime: Runtime) -> None:
        self.store = store
        self.runtime = runtime
        self.app = app

    def ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, path, **parts))

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(self, path: str, **parts: Any) -> httpx.Response:
        return self.ask("POST", path, **parts)

    def guarded(self, access: Access) -> "Api":
        """The same, for those who have a token."""
        return Api(self.store, create_app(self.runtime, access=access), self.runtime)

    async def _ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://keel") as client:
            return await client.request(method, path, **parts)


def error_of(response: httpx.Response, status: int) -> str:
    """The message of a failure, which is all that its body holds."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    (key, message), *others = response.json().items()
    assert (key, others) == ("error", [])
    assert isinstance(message, str)
    return message


@pytest.fixture(scope="session")
def api(
    tmp_path_factory: pytest.TempPathFactory, make_record: Callable[..., Record]
) -> Iterator[Api]:
    """loans@1, petals@1, houses@1, and `held` without a champion. Not to be written to."""
    store = open_tiny_store(tmp_path_factory.mktemp("served"))
    for system, exported in (("loans", loans()), ("petals", petals()), ("houses", houses())):
        add(store, system, exported, make_record=make_record)
    add(store, "held", petals(1), make_record=make_record, passes=False)
    runtime = Runtime(store.engine, store.blobs)
    runtime.refresh()
    yield Api(store, create_app(runtime), runtime)
    store.engine.dispose()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Api]:
    """A registry of one's own, empty."""
    store = open_tiny_store(tmp_path)
    runtime = Runtime(store.engine, store.blobs, retry_s=0)
    yield Api(store, create_app(runtime), runtime)
    store.engine.dispose()


@pytest.fixture
def register(fresh: Api, make_record: Callable[..., Record]) -> Callable[..., Version]:
    """Registers the next version of a system in `fresh`, which sees it at its next refresh."""

    def register(system: str, exported: Exported, **said: bool) -> Version:
        return add(fresh.store, system, exported, make_record=make_record, **said)

    return register


@pytest.fixture
def failed() -> Callable[[httpx.Response, int], str]:
    return error_of

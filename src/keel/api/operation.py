"""One thing that can be asked for over HTTP: what it does and what describes it, declared once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from keel.api.access import Role
from keel.api.failures import JSON

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """answers: the type of the answer, or a media type that is not JSON, or None of what always
    fails. bodies: the types that the request's body may have, media types likewise. failures:
    statuses beside 200. role: what a token must be for."""

    method: str
    path: str
    name: str
    summary: str
    endpoint: Endpoint
    answers: Any
    bodies: tuple[Any, ...] = ()
    failures: tuple[int, ...] = ()
    role: Role = Role.ANSWER


def json_response(value: Any, status: int = 200) -> Response:
    """`value` as JSON; a number that is not finite is null."""
    return Response(msgspec.json.encode(value), status, media_type=JSON)

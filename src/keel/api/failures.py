"""Every failure as `{"error": "..."}`."""

from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from keel.errors import KeelError, Overloaded, Unauthorized

JSON = "application/json"


class Failure(msgspec.Struct, frozen=True):
    """What went wrong, what is allowed and what repairs it."""

    error: str


def failure(message: str, status: int) -> Response:
    """A response that says what went wrong."""
    return Response(msgspec.json.encode(Failure(message)), status, media_type=JSON)


def refusal(error: KeelError) -> Response:
    """The response to what was raised on purpose."""
    response = failure(str(error), error.status)
    if isinstance(error, Overloaded):
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _of_keel(_request: Request, error: Exception) -> Response:
    assert isinstance(error, KeelError)
    return refusal(error)


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        message = f"there is nothing at {what}: GET /openapi.json says what there is"
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        message = f"{what} is not allowed; allowed here: {allowed}"
    else:
        message = f"{what}: {error.detail}"
    response = failure(message, error.status_code)
    response.headers.update(error.headers or {})
    return response


def _of_disconnect(_request: Request, _error: Exception) -> Response:
    return failure("the client went away before its request was whole", 400)


def _of_bug(request: Request, _error: Exception) -> Response:
    return failure(
        f"{request.method} {request.url.path} failed inside Keel; its log on stderr says where", 500
    )


HANDLERS: dict[Any, Any] = {
    KeelError: _of_keel,
    HTTPException: _of_http,
    ClientDisconnect: _of_disconnect,
    Exception: _of_bug,
}

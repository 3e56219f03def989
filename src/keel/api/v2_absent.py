"""What clients of the Open Inference Protocol may ask for although it is not there."""

from starlette.requests import Request
from starlette.responses import Response

from keel.api.operation import Operation
from keel.errors import RequestError

_TRACE = "requests are not traced by the trace extension"
_LOG = "the log on stderr has no settings over HTTP"
_MEMORY = "tensors in shared memory are not taken: send their bytes after the JSON"

ABSENT = (
    *(
        (method, f"/v2{base}/trace/setting", _TRACE)
        for base in ("", "/models/{model}")
        for method in ("GET", "POST")
    ),
    *((method, "/v2/logging", _LOG) for method in ("GET", "POST")),
    *(
        (method, f"/v2/{kind}sharedmemory/{path}", _MEMORY)
        for kind in ("system", "cuda")
        for method, path in (
            ("GET", "status"),
            ("POST", "unregister"),
            ("GET", "region/{region}/status"),
            ("POST", "region/{region}/register"),
            ("POST", "region/{region}/unregister"),
        )
    ),
)
"""Method, path and the reason."""


def absent_operations() -> tuple[Operation, ...]:
    """An operation for each, which always fails."""
    return tuple(_refuse(method, path, why) for method, path, why in ABSENT)


def _refuse(method: str, path: str, why: str) -> Operation:
    async def refuse(_request: Request) -> Response:
        raise RequestError(f"{why}; GET /v2 names the extensions that are spoken")

    words = path.replace("{", "").replace("}", "").strip("/").split("/")
    name = "_".join([method.lower(), *words[1:]])
    return Operation(method, path, name, f"Not there: {why}", refuse, None, failures=(400,))

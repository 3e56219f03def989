"""Requests made from the description of the interface: none fails inside, each answer is as it is
described."""

import json
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = 10
"""Of each operation, once as it is described and once as it is not."""

SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
KNOWN = {
    "system": ("loans", "petals", "houses", "held"),
    "model": ("loans", "petals", "houses", "held"),
    "version": ("1", "2"),
}


@schemathesis.serializer("application/x-ndjson")
def lines(_context: Any, value: Any) -> bytes:
    values = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(one) for one in values).encode()


def test_any_request_that_is_described_or_nearly_so(api: Any) -> None:
    document = api.get("/openapi.json").json()
    described = schemathesis.openapi.from_dict(document)
    asked = set()
    for result in described.get_all_operations():
        operation = result.ok()
        ask_all(api, operation)
        asked.add((operation.method, operation.path))
    assert asked == {(m, p) for p, methods in document["paths"].items() for m in methods}


def ask_all(api: Any, operation: Any) -> None:
    # Any text is a name: only bodies can be otherwise than described.
    nearly = [GenerationMode.NEGATIVE] if operation.body else []
    for mode in (GenerationMode.POSITIVE, *nearly):

        @SETTINGS
        @given(operation.as_strategy(generation_mode=mode), st.data())
        def ask(case: Case, data: st.DataObject) -> None:
            for name in case.path_parameters:
                known = KNOWN.get(name)
                if known and data.draw(st.integers(0, 3)):
                    case.path_parameters[name] = data.draw(st.sampled_from(known))
            check(api, case)

        ask()


def check(api: Any, case: Case) -> None:
    response = send(api, case)
    assert response.status_code != 500, response.text
    # The framework's own refusals have no schema: a path with a slash in a name is another path.
    if response.status_code not in (404, 405):
        case.validate_response(response, checks=CHECKS)
    if response.status_code >= 400:
        assert list(response.json()) == ["error"]


def send(api: Any, case: Case) -> httpx.Response:
    parts = case.as_transport_kwargs(base_url="http://keel")
    method, url = parts.pop("method"), parts.pop("url")
    body = {name: parts[name] for name in ("json", "content") if name in parts}
    if "data" in parts:
        body["content"] = parts["data"]
    headers = dict(parts.get("headers") or {})
    response: httpx.Response = api.ask(
        method, url, headers=headers, params=parts.get("params"), **body
    )
    return response

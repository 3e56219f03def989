"""The description of the interface, made from its operations and the types they name."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from keel.about import VERSION
from keel.api.access import Role
from keel.api.failures import JSON, Failure
from keel.api.operation import Operation

REFERENCE = "#/components/schemas/{name}"

_REASONS = {
    400: "the request does not fit; the message says how",
    401: "a token is needed that is known here",
    403: "the token does not have the role that is needed",
    404: "there is no such system or version",
    409: "what is asked for does not fit what is in flight",
    413: "the body is too large",
    415: "the body is packed in a way that is not read",
    503: "the system has no champion, or it cannot be loaded, or too much is asked at once",
    504: "the answer took too long",
}


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """An OpenAPI 3.1 document."""
    types = _types(operations)
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    of_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _one(operation, of_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Keel",
            "version": VERSION,
            "description": "Answers of the systems that are served here.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _types(operations: Sequence[Operation]) -> list[Any]:
    found = [Failure]
    for operation in operations:
        found += [kind for kind in (operation.answers, *operation.bodies) if not _is_media(kind)]
    return list({repr(kind): kind for kind in found}.values())


def _is_media(kind: Any) -> bool:
    return kind is None or isinstance(kind, str)


def _one(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    answers = operation.answers
    failure = {JSON: {"schema": schemas[repr(Failure)]}}
    responses: dict[str, Any] = {}
    if answers is not None:
        content: dict[str, Any] = (
            {answers: {"schema": {"type": "string"}}}
            if _is_media(answers)
            else {JSON: {"schema": schemas[repr(answers)]}}
        )
        responses["200"] = {"description": operation.summary, "content": content}
    guarded = operation.role is not Role.ANYBODY
    for status in sorted({*operation.failures, *((401, 403) if guarded else ())}):
        responses[str(status)] = {"description": _REASONS[status], "content": failure}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", operation.path)
        ],
        "responses": responses,
        "security": [{"token": [str(operation.role)]}, {}] if guarded else [],
    }
    if operation.bodies:
        described["requestBody"] = {"required": True, "content": _bodies(operation, schemas)}
    return described


def _bodies(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    media = [body for body in operation.bodies if _is_media(body)]
    content: dict[str, Any] = {name: {"schema": {"type": "string"}} for name in media}
    typed = [schemas[repr(body)] for body in operation.bodies if not _is_media(body)]
    if typed:
        content[JSON] = {"schema": typed[0] if len(typed) == 1 else {"anyOf": typed}}
    return content

import re
from typing import Any

import pytest


@pytest.fixture
def document(api: Any) -> dict[str, Any]:
    described: dict[str, Any] = api.get("/openapi.json").json()
    return described


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_route_is_described_once(api: Any, document: dict[str, Any]) -> None:
    described = {(path, method.upper()) for path, method, _ in operations(document)}
    routed = {(r.path, m) for r in api.app.rest.routes for m in r.methods - {"HEAD"}}
    assert described == routed - {("/openapi.json", "GET")}
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                found.add(value["$ref"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(document)
    schemas = document["components"]["schemas"]
    assert {"Answers", "InferRequest", "Failure", "Signature"} <= set(schemas)
    assert found == {f"#/components/schemas/{name}" for name in schemas}


def test_parameters_of_paths_are_described(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        named = [parameter["name"] for parameter in operation["parameters"]]
        assert named == re.findall(r"\{(\w+)\}", path)


def test_failures_have_the_shape_of_failures(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status != "200":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Failure"}


def test_posts_that_answer_have_bodies_and_nothing_else_has(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        answers = "200" in operation["responses"] and not path.endswith("rollback")
        takes = method == "post" and (answers or path.endswith("load"))
        assert ("requestBody" in operation) == takes


def test_what_is_not_there_is_described_as_failing(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v2/systemsharedmemory/status"]["get"]["responses"]
    assert list(responses) == ["400", "401", "403"]

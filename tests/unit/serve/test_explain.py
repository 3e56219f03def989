import json
from collections.abc import Callable
from typing import Any

import pytest

from keel.errors import NotFound, RequestError
from keel.registry.version import Version
from keel.serve.explain import MOST_ROWS, explain
from keel.serve.predict import predict
from keel.serve.runtime import Runtime
from tiny_systems import LOAN, houses, loans, petals

PETAL = {"length": 2, "width": 0}


@pytest.fixture
def ready(runtime: Runtime, add: Callable[..., Version]) -> Runtime:
    for name, exported in (("loans", loans()), ("petals", petals()), ("houses", houses())):
        add(name, exported)
    runtime.refresh()
    return runtime


def asked(runtime: Runtime, system: str, body: Any) -> Any:
    return json.loads(explain(runtime, system, json.dumps(body).encode()))


def test_a_row_is_explained_as_it_is_answered(ready: Runtime) -> None:
    found = asked(ready, "loans", LOAN)
    assert (found["system"], found["version"], found["unit"]) == ("loans", 1, "probability")
    assert (found["exact"], found["background"]) == (True, 64)
    answer = json.loads(predict(ready, "loans", json.dumps(LOAN).encode()))["predictions"][0]
    (one,) = found["explanations"]
    assert (one["prediction"], one["of"]) == (answer["prediction"], "lost")
    assert one["score"] == answer["scores"]["lost"]
    moved = sum(a["moved"] for a in one["attributions"])
    assert one["base"] + moved == pytest.approx(one["score"])


def test_a_class_and_a_scale_may_be_said(ready: Runtime) -> None:
    body = {"rows": [PETAL], "options": {"of": "small", "scale": "log_odds", "unit": "u1"}}
    found = asked(ready, "petals", body)
    assert found["unit"] == "log_odds"
    assert found["explanations"][0]["of"] == "small"
    assert found["explanations"][0]["score"] < 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"of": "tiny"}, "no class"),
        ({"of": 3}, "'of' is a number"),
        ({"scale": "odds"}, "one of probability, log_odds"),
        ({"k": 3}, "option 'k' is not known"),
    ],
)
def test_options_that_cannot_be_had_are_refused(
    ready: Runtime, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        asked(ready, "petals", {"rows": [PETAL], "options": options})


def test_many_rows_are_refused_with_what_explains_them(ready: Runtime) -> None:
    with pytest.raises(RequestError, match="keel explain petals FILE"):
        asked(ready, "petals", {"rows": [PETAL] * (MOST_ROWS + 1)})


def test_a_version_without_rows_to_compare_with_says_so(ready: Runtime) -> None:
    folder = ready.serving("petals").folder
    (folder / "reference.arrow").unlink()
    with pytest.raises(NotFound, match=r"no reference\.arrow"):
        asked(ready, "petals", PETAL)


def test_a_list_is_explained_by_the_reasons_of_its_items(films: Runtime) -> None:
    body = {"rows": [{"user": "u20"}], "options": {"k": 3}}
    (one,) = asked(films, "films", body)["explanations"]
    (answer,) = json.loads(predict(films, "films", json.dumps(body).encode()))["predictions"]
    assert one == answer
    assert all(item["reasons"] for item in one["items"])

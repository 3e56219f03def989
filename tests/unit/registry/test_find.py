from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from keel.errors import NotFound, NotReady
from keel.registry.find import champion, find
from keel.registry.version import Version

Add = Callable[..., Version]


def test_a_version_is_found_by_number_alias_or_system_alone(add: Add, engine: Engine) -> None:
    add()
    add()
    add(passes=False)
    names = {
        "fraud@1": 1,
        "fraud@2": 2,
        "fraud@3": 3,
        "fraud": 2,
        "fraud@champion": 2,
        "fraud@previous": 1,
        "fraud@latest": 3,
    }
    assert {name: find(engine, name).number for name in names} == names


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("frud", "did you mean 'fraud'"),
        ("weather", "there are: fraud"),
        ("fraud@2", "there is no version fraud@2: its versions are 1 to 1"),
        ("fraud@0", "1 to 1"),
        ("fraud@99999999999999999999", "1 to 1"),
        ("fraud@²", "neither a number from 1 to 1 nor an alias"),
        ("fraud@-1", "neither a number from 1 to 1 nor an alias"),
        ("fraud@chmpion", "did you mean fraud@champion"),
        ("fraud@challenger", "fraud has no challenger now"),
        ("fraud@", "neither a number"),
        ("fraud@1@1", "neither a number"),
        ("", "did you mean|there are: fraud"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    add: Add, engine: Engine, reference: str, words: str
) -> None:
    add()
    with pytest.raises(NotFound, match=words) as raised:
        find(engine, reference)
    assert (raised.value.status, raised.value.exit_code) == (404, 2)


def test_an_empty_registry_says_how_to_begin(engine: Engine) -> None:
    with pytest.raises(NotFound, match="keel run"):
        find(engine, "fraud")
    assert champion(engine, "fraud") is None


def test_a_system_with_only_held_versions_is_not_ready(add: Add, engine: Engine) -> None:
    add(passes=False)
    with pytest.raises(NotReady, match="fraud@1") as raised:
        find(engine, "fraud")
    assert raised.value.status == 503
    assert find(engine, "fraud@latest").number == 1


def test_the_champion_is_the_version_that_find_gives(add: Add, engine: Engine) -> None:
    add()
    assert champion(engine, "fraud") == find(engine, "fraud")

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from keel.backends.folder_blobs import FolderBlobs
from keel.clock import system_clock
from keel.errors import NotFound, NotReady
from keel.registry.record import Record
from keel.registry.register import register
from keel.releases.rollback import rollback
from keel.releases.routing import Route, Routing, Split, read_routing


@pytest.fixture
def add(
    engine: Engine,
    tmp_path: Path,
    make_folder: Callable[..., Path],
    make_record: Callable[..., Record],
) -> Callable[[str, bool], str]:
    def add(system: str, passes: bool) -> str:
        blobs, record = FolderBlobs(tmp_path / "versions"), make_record(system=system)
        folder = make_folder()
        version = register(engine, blobs, folder, record, passes, system_clock, actor="ada")
        return version.digest

    return add


def test_every_system_is_routed_to_its_champion(
    add: Callable[[str, bool], str], engine: Engine
) -> None:
    digest = add("fraud", True)
    add("fraud", False)
    add("churn", False)
    routing = read_routing(engine)
    assert routing == Routing({"churn": None, "fraud": Split(Route(1, digest, "classify"))})
    assert routing.split("fraud").choose("anybody").number == 1


def test_a_poller_sees_a_new_champion_and_a_rollback(
    add: Callable[[str, bool], str], engine: Engine
) -> None:
    add("fraud", True)
    first = read_routing(engine)
    add("fraud", False)
    assert read_routing(engine) == first
    add("fraud", True)
    assert read_routing(engine) != first
    rollback(engine, "fraud", system_clock, actor="ada")
    assert read_routing(engine) == first


def test_what_cannot_answer_says_why(add: Callable[[str, bool], str], engine: Engine) -> None:
    add("fraud", False)
    routing = read_routing(engine)
    with pytest.raises(NotReady, match="fraud has no champion yet"):
        routing.split("fraud")
    with pytest.raises(NotFound, match="did you mean 'fraud'"):
        routing.split("frauds")
    with pytest.raises(NotFound, match="no system 'fraud'"):
        Routing({}).split("fraud")

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from keel.database import open_database
from keel.errors import InputError
from keel.export.export import export
from keel.registry.audit import list_audit
from keel.registry.find import find
from keel.registry.listing import list_versions
from keel.registry.manifest import verify_folder
from keel.registry.record import Record
from keel.store import Store
from tiny_systems import add, petals


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    return export(store, "petals@1", "docker", tmp_path / "image")


def instructions(folder: Path) -> list[tuple[str, str]]:
    text = (folder / "Dockerfile").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_the_image_has_one_version_under_its_number_as_champion(folder: Path, store: Store) -> None:
    database = open_database(f"sqlite:///{folder / 'keel.db'}")
    kept = list_versions(database, "petals")
    assert [str(version) for version in kept] == ["petals@1"]
    original = find(store.engine, "petals@1")
    copied = find(database, "petals")
    assert (copied.number, copied.digest) == (1, original.digest)
    assert (copied.metrics, copied.verdicts) == (original.metrics, original.verdicts)
    assert [act.action for act in list_audit(database, "petals")] == ["export"]
    verify_folder(folder / "versions" / original.digest, original.digest)
    database.dispose()
    assert not (folder / "keel.db-wal").exists()


def test_nothing_else_of_the_registry_is_in_the_image(folder: Path) -> None:
    assert len(list((folder / "versions").iterdir())) == 1
    assert not list(folder.rglob("__pycache__"))
    content = (folder / "keel.db").read_bytes()
    assert b"loans" not in content


def test_the_image_is_slim_pinned_and_runs_as_nobody_special(folder: Path) -> None:
    said = instructions(folder)
    assert re.fullmatch(r"PYTHON=python:3\.\d+\.\d+-slim", dict(said)["ARG"])
    users = [value for name, value in said if name == "USER"]
    assert users == ["10001:10001"]
    last = [name for name, _ in said]
    assert last.index("USER") > max(i for i, name in enumerate(last) if name in ("COPY", "RUN"))
    assert "/v2/health/ready" in dict(said)["HEALTHCHECK"]
    assert not any(name == "ADD" for name, _ in said)
    pins = (folder / "requirements.txt").read_text().split()
    assert all(re.fullmatch(r"[a-z0-9-]+==[^\s=]+", pin) for pin in pins)
    names = {pin.split("==")[0] for pin in pins}
    assert names >= {"onnxruntime", "polars", "starlette", "uvicorn", "sqlalchemy", "msgspec"}
    assert not names & {"scikit-learn", "lightgbm", "optuna", "onnx", "scipy", "torch", "pytest"}


def test_what_the_dockerfile_copies_is_there_and_not_ignored(folder: Path) -> None:
    kept = {line[1:] for line in (folder / ".dockerignore").read_text().split() if line[0] == "!"}
    copied = {shlex.split(value)[0] for name, value in instructions(folder) if name == "COPY"}
    assert copied == kept
    assert all((folder / name).exists() for name in copied)


def test_a_password_in_a_declaration_is_not_put_into_an_image(
    store: Store, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    table = {"table": "postgresql://ada:lovelace@db/pay"}
    declaration = {"system": "rich", "data": {"payments": table}}

    def record(**parts: object) -> Record:
        return make_record(**parts, declaration=declaration)

    add(store, "rich", petals(), make_record=record)
    with pytest.raises(InputError, match="a password") as caught:
        export(store, "rich", "docker", tmp_path / "image")
    assert "lovelace" not in str(caught.value)
    assert not (tmp_path / "image").exists()

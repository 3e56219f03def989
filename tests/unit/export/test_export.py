from pathlib import Path

import pytest

from keel.errors import InputError, NotFound
from keel.export.export import TARGETS, export
from keel.store import Store


@pytest.mark.parametrize("to", [to for to in TARGETS if to != "ci"])
def test_an_export_is_a_folder_called_after_what_is_in_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert export(store, "petals@1", to) == Path(f"petals-1-{to}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", f"petals-1-{to}"]


def test_what_is_there_is_left_alone(store: Store, tmp_path: Path) -> None:
    into = tmp_path / "there"
    into.mkdir()
    export(store, "petals", "kubernetes", into)
    before = (into / "petals.yaml").read_text()
    with pytest.raises(InputError, match="not empty"):
        export(store, "loans", "kubernetes", into)
    assert [path.name for path in into.iterdir()] == ["petals.yaml"]
    assert (into / "petals.yaml").read_text() == before


def test_a_failure_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError):
        export(store, "petals", "onnx", tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "home"]


def test_unknown_targets_and_versions_are_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'docker'"):
        export(store, "petals", "dokcer", tmp_path / "x")
    with pytest.raises(NotFound, match="petals@9"):
        export(store, "petals@9", "onnx", tmp_path / "x")

import hashlib
import io
import os
import pickle
import pickletools
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from keel.backends.folder_blobs import FolderBlobs
from keel.errors import ArtifactError
from keel.registry.artifact import read_artifact, read_version_record, write_artifact
from keel.registry.manifest import MANIFEST, Listed, Manifest, verify_folder
from keel.registry.record import Record

MakeRecord = Callable[..., Record]
Folder = Callable[..., Path]


@pytest.fixture
def sealed(make_folder: Folder, make_record: MakeRecord) -> tuple[Path, str]:
    folder = make_folder()
    codecs = {"codecs/words.json": b'{"words": []}', "reference.arrow": b"ARROW1"}
    return folder, write_artifact(folder, make_record(), codecs)


def test_a_sealed_folder_has_one_digest_and_sealing_again_keeps_it(
    sealed: tuple[Path, str], make_record: MakeRecord
) -> None:
    folder, digest = sealed
    assert write_artifact(folder, make_record()) == digest
    assert list(verify_folder(folder, digest).files) == [
        "card.md",
        "codecs/words.json",
        "model.onnx",
        "reference.arrow",
        "version.json",
    ]


def test_a_version_is_read_back_from_blobs(
    sealed: tuple[Path, str], make_record: MakeRecord, tmp_path: Path
) -> None:
    folder, digest = sealed
    blobs = FolderBlobs(tmp_path / "blobs")
    blobs.write(digest, folder)
    assert read_version_record(read_artifact(blobs, digest)) == make_record()


def spoil_content(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not a real mode!")


def spoil_size(folder: Path) -> None:
    (folder / "card.md").write_text("longer than it was by far")


def lose_file(folder: Path) -> None:
    (folder / "codecs" / "words.json").unlink()


def add_file(folder: Path) -> None:
    (folder / "extra.json").write_text("{}")


def add_hidden_file(folder: Path) -> None:
    (folder / ".extra").write_text("")


def link_file(folder: Path) -> None:
    (folder / "card.md").rename(folder.parent / "elsewhere.md")
    (folder / "card.md").symlink_to(folder.parent / "elsewhere.md")


def link_folder(folder: Path) -> None:
    (folder / "codecs").rename(folder.parent / "codecs")
    (folder / "codecs").symlink_to(folder.parent / "codecs", target_is_directory=True)


def add_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")


def change_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{}")


def lose_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (spoil_content, "model.onnx: SHA-256 is"),
        (spoil_size, "card.md: 25 bytes, recorded are 9"),
        (lose_file, "codecs/words.json: missing"),
        (add_file, "extra.json: not part of the version"),
        (add_hidden_file, ".extra: not part of the version"),
        (link_file, "card.md: a link to"),
        (link_folder, "codecs: not part of the version"),
        (add_pipe, "pipe.json: not part of the version"),
        (change_manifest, "manifest.json: SHA-256 is"),
        (lose_manifest, "manifest.json: cannot be read"),
    ],
)
def test_a_damaged_version_is_refused_by_the_name_of_the_file(
    sealed: tuple[Path, str], damage: Callable[[Path], None], named: str
) -> None:
    folder, digest = sealed
    damage(folder)
    with pytest.raises(ArtifactError) as raised:
        verify_folder(folder, digest)
    assert named in str(raised.value)
    assert "Restore the folder" in str(raised.value)


def test_all_damage_is_reported_at_once(sealed: tuple[Path, str]) -> None:
    folder, digest = sealed
    spoil_content(folder)
    lose_file(folder)
    add_file(folder)
    with pytest.raises(ArtifactError) as raised:
        verify_folder(folder, digest)
    assert all(name in str(raised.value) for name in ("model.onnx", "words.json", "extra.json"))


@pytest.mark.parametrize("name", ["../card.md", "/etc/hostname", "codecs/../../card.md"])
def test_a_manifest_cannot_reach_outside_of_its_folder(make_folder: Folder, name: str) -> None:
    folder = make_folder()
    (folder.parent / "card.md").write_text("outside")
    manifest = Manifest({name: Listed("0" * 64, 7)})
    (folder / MANIFEST).write_bytes(manifest.write())
    with pytest.raises(ArtifactError, match="missing"):
        verify_folder(folder, manifest.digest)


@pytest.mark.parametrize("content", [b"nonsense", b'{"files": 3}', b'{"files": {"a": {}}}'])
def test_a_manifest_that_does_not_read_is_refused(make_folder: Folder, content: bytes) -> None:
    folder = make_folder()
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(ArtifactError, match=MANIFEST):
        verify_folder(folder, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    "name", ["model.pkl", "model.joblib", "model", "run.py", "a.npy", "b\n.md"]
)
def test_formats_that_could_run_code_are_never_sealed(
    make_folder: Folder, make_record: MakeRecord, name: str
) -> None:
    folder = make_folder()
    (folder / name).write_bytes(pickle.dumps(print))
    with pytest.raises(ArtifactError, match="cannot be part of a version"):
        write_artifact(folder, make_record())


def test_links_are_never_sealed(make_folder: Folder, make_record: MakeRecord) -> None:
    folder = make_folder()
    (folder / "card.html").symlink_to("/etc/hostname")
    with pytest.raises(ArtifactError, match=r"card\.html: a link"):
        write_artifact(folder, make_record())


def test_a_folder_without_a_model_is_refused(make_folder: Folder, make_record: MakeRecord) -> None:
    folder = make_folder()
    (folder / "model.onnx").unlink()
    with pytest.raises(ArtifactError, match="there is none"):
        write_artifact(folder, make_record())


def test_a_sealed_folder_holds_no_pickle(sealed: tuple[Path, str]) -> None:
    folder, _ = sealed
    assert is_pickle(pickle.dumps(print))
    for path in folder.rglob("*"):
        if path.is_file():
            assert not is_pickle(path.read_bytes()), path


def is_pickle(content: bytes) -> bool:
    try:
        pickletools.dis(content, out=io.StringIO())
    except Exception:
        return False
    return True


def test_the_digest_depends_on_names_and_content_alone(
    sealed: tuple[Path, str], tmp_path: Path
) -> None:
    folder, digest = sealed
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    os.utime(copy / "model.onnx", (0, 0))
    assert verify_folder(copy, digest).digest == digest
    manifest = msgspec.json.decode((copy / MANIFEST).read_bytes(), type=Manifest)
    assert manifest.digest == digest

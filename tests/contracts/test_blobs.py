"""What every blobs backend does alike."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keel.backends.blobs import Blobs
from keel.backends.folder_blobs import FolderBlobs
from keel.backends.open_blobs import open_blobs
from keel.errors import ArtifactError, InputError

A, B = "a" * 64, "b" * 64

Fill = Callable[..., Path]


def folder_backend(tmp_path: Path) -> Blobs:
    return open_blobs((tmp_path / "kept files").as_uri())


def folder_backend_on_another_disk(_: Path) -> Blobs:
    shared_memory = Path("/dev/shm")
    if not os.access(shared_memory, os.W_OK):
        pytest.skip("no second disk: /dev/shm is not there")
    return FolderBlobs(shared_memory / f"keel-test-{os.getpid()}")


@pytest.fixture(params=[folder_backend, folder_backend_on_another_disk])
def blobs(request: pytest.FixtureRequest, tmp_path: Path):
    backend = request.param(tmp_path)
    yield backend
    shutil.rmtree(backend.root, ignore_errors=True)


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    def fill(name: str = "made", **files: str) -> Path:
        folder = tmp_path / name
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "words.json").write_text("[]")
        for file, content in files.items():
            (folder / file).write_text(content)
        return folder

    return fill


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_folder_comes_back_whole_and_is_moved_away(blobs: Blobs, fill: Fill) -> None:
    folder = fill(model="m")
    blobs.write(A, folder)
    assert names(blobs.read(A)) == ["deep/er/words.json", "model"]
    assert (blobs.read(A) / "model").read_text() == "m"
    assert not folder.exists()


def test_nothing_is_there_at_first(blobs: Blobs) -> None:
    assert (blobs.has(A), list(blobs.list())) == (False, [])
    blobs.drop(A)
    assert blobs.clean(datetime.now(UTC)) == 0


def test_what_is_not_there_cannot_be_read(blobs: Blobs) -> None:
    with pytest.raises(ArtifactError, match=A):
        blobs.read(A)


def test_writing_what_is_there_keeps_both_and_makes_it_young(blobs: Blobs, fill: Fill) -> None:
    blobs.write(A, fill("one", model="m"))
    os.utime(blobs.read(A), (0, 0))
    again = fill("two", model="m")
    blobs.write(A, again)
    assert names(again) == ["deep/er/words.json", "model"]
    (blob,) = blobs.list()
    assert datetime.now(UTC) - blob.written_at < timedelta(minutes=1)


def test_an_old_folder_is_a_young_blob(blobs: Blobs, fill: Fill) -> None:
    folder = fill(model="m")
    os.utime(folder, (0, 0))
    blobs.write(A, folder)
    (blob,) = blobs.list()
    assert datetime.now(UTC) - blob.written_at < timedelta(minutes=1)


def test_blobs_are_listed_in_order_and_dropped_one_by_one(blobs: Blobs, fill: Fill) -> None:
    blobs.write(B, fill("b", model="b"))
    blobs.write(A, fill("a", model="a"))
    assert [blob.digest for blob in blobs.list()] == [A, B]
    blobs.drop(A)
    blobs.drop(A)
    assert [blob.digest for blob in blobs.list()] == [B]
    assert not blobs.has(A)
    blobs.write(A, fill("again", model="a"))
    assert blobs.has(A)


def test_many_writers_of_one_content_leave_one_whole_blob(blobs: Blobs, fill: Fill) -> None:
    folders = [fill(f"f{i}", model="m" * 1000, card="c") for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda folder: blobs.write(A, folder), folders))
    assert names(blobs.read(A)) == ["card", "deep/er/words.json", "model"]
    assert [blob.digest for blob in blobs.list()] == [A]


def test_writers_and_droppers_at_once_leave_whole_blobs_or_none(blobs: Blobs, fill: Fill) -> None:
    folders = [fill(f"f{i}", model="m", card="c") for i in range(200)]

    def write(folder: Path) -> None:
        blobs.write(A, folder)
        blobs.drop(A)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, folders))
    assert not blobs.has(A)


@pytest.mark.parametrize("digest", ["", "../" + "a" * 61, "A" * 64, "a" * 63, ".partial", "a" * 65])
def test_what_is_not_a_digest_is_refused_everywhere(blobs: Blobs, fill: Fill, digest: str) -> None:
    folder = fill()
    for act in (blobs.read, blobs.has, blobs.drop, lambda name: blobs.write(name, folder)):
        with pytest.raises(ArtifactError, match="not a digest"):
            act(digest)


def test_a_kept_file_is_not_writable(blobs: Blobs, fill: Fill) -> None:
    blobs.write(A, fill(model="m"))
    assert (blobs.read(A) / "model").stat().st_mode & 0o222 == 0


def test_leftovers_are_cleaned_by_age(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "kept")
    leftover = tmp_path / "kept" / ".partial" / "killed"
    leftover.mkdir(parents=True)
    (leftover / "model.onnx").write_bytes(b"half")
    assert list(blobs.list()) == []
    now = datetime.now(UTC)
    assert blobs.clean(now - timedelta(hours=1)) == 0
    assert blobs.clean(now + timedelta(hours=1)) == 1
    assert not leftover.exists()


@pytest.mark.parametrize("url", ["s3://bucket/x", "versions", "", "file:", "file://host/x"])
def test_a_url_that_no_backend_opens_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="file:///absolute/folder"):
        open_blobs(url)

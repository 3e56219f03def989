"""The list of a version's files with their hashes; its own hash names the version."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from keel.errors import ArtifactError

MANIFEST = "manifest.json"

SUFFIXES = (".arrow", ".codec", ".html", ".json", ".md", ".onnx", ".yaml")
"""Formats that are only ever read as data. A pickle, whatever it is called, has no place here."""


class Listed(msgspec.Struct, frozen=True):
    """One file: SHA-256 in hex, and size in bytes."""

    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """Files by their path in the folder, with `/` between folders, sorted."""

    files: dict[str, Listed]
    format: int = 1

    def write(self) -> bytes:
        """The canonical text: what is hashed and what is kept."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=2) + b"\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text."""
        return hashlib.sha256(self.write()).hexdigest()


def read_folder(folder: Path) -> Manifest:
    """The manifest of what is in `folder` now, which must be fit for a version.

    Raises ArtifactError listing every link, special file and unwelcome format.
    """
    problems: list[str] = []
    files: dict[str, Listed] = {}
    for name, path in sorted(_walk(folder)):
        if name == MANIFEST:
            continue
        problem = _unfit(name, path)
        if problem is None:
            files[name] = _listed(path)
        else:
            problems.append(f"{name}: {problem}")
    if problems:
        raise ArtifactError(
            "these files cannot be part of a version:\n  "
            + "\n  ".join(problems)
            + f"\nKeep plain files ending in {', '.join(SUFFIXES)}"
        )
    return Manifest(files)


def verify_folder(folder: Path, digest: str) -> Manifest:
    """The manifest of `folder`, after checking every file against it and it against `digest`.

    Raises ArtifactError naming every file that differs, is missing, or was added.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise _damaged(folder, [f"{MANIFEST}: cannot be read ({error.strerror})"]) from error
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise _damaged(folder, [f"{MANIFEST}: SHA-256 is {found}, recorded is {digest}"])
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise _damaged(folder, [f"{MANIFEST}: {error}"]) from error
    problems = list(_differences(folder, manifest))
    if problems:
        raise _damaged(folder, problems)
    return manifest


def _differences(folder: Path, manifest: Manifest) -> Iterator[str]:
    there = dict(_walk(folder))
    there.pop(MANIFEST, None)
    for name, listed in manifest.files.items():
        # A name is looked up among what the folder holds, never joined to a path: `../x` and
        # `/etc/x` are simply not there.
        path = there.pop(name, None)
        if path is None:
            yield f"{name}: missing"
            continue
        problem = _unfit(name, path)
        if problem is not None:
            yield f"{name}: {problem}"
        elif path.stat().st_size != listed.bytes:
            yield f"{name}: {path.stat().st_size} bytes, recorded are {listed.bytes}"
        elif (found := _listed(path).sha256) != listed.sha256:
            yield f"{name}: SHA-256 is {found}, recorded is {listed.sha256}"
    for name in sorted(there):
        yield f"{name}: not part of the version"


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything below `folder` that is not a real folder, links included, unfollowed."""
    for parent, folders, names in os.walk(folder, followlinks=False):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for name in (*names, *links):
            path = Path(parent, name)
            yield PurePosixPath(path.relative_to(folder)).as_posix(), path


def _unfit(name: str, path: Path) -> str | None:
    if not name.isprintable():
        return "a name that is not plain text"
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"a link to {path.readlink()}"
    if not stat.S_ISREG(mode):
        return "not a plain file"
    if PurePosixPath(name).suffix not in SUFFIXES:
        return "a format that a version does not hold"
    return None


def _listed(path: Path) -> Listed:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Listed(sha256, file.tell())


def _damaged(folder: Path, problems: list[str]) -> ArtifactError:
    return ArtifactError(
        f"the version in {folder} is not what was registered:\n  "
        + "\n  ".join(problems)
        + "\nRestore the folder from a backup, or train the version again: keel reproduce"
    )

"""The table a version learned from, kept so that it can be learned from again."""

import hashlib
import os
import shutil
from pathlib import Path
from uuid import uuid4

from keel.backends.disk import disk
from keel.errors import ArtifactError, TableError
from keel.registry.record import Snapshot


def keep_snapshot(tables: Path, file: Path, fingerprint: str) -> Snapshot:
    """Keep the Arrow file of a table in `tables` under its fingerprint.

    A file that is there already under this name is taken for what it says: whoever wrote it put
    it there whole. Raises EnvironmentFailure when the disk is full.
    """
    kept = tables / f"{fingerprint}.arrow"
    with disk(tables):
        tables.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            partial = tables / f".{uuid4().hex}"
            try:
                _link_or_copy(file, partial)
                partial.rename(kept)
            finally:
                partial.unlink(missing_ok=True)
        sha256, size = _hashed(kept)
    return Snapshot(fingerprint=fingerprint, file=kept.name, sha256=sha256, bytes=size)


def find_snapshot(tables: Path, snapshot: Snapshot, version: str) -> Path:
    """The table that `version` learned from, the same to the byte.

    Raises TableError when it is gone, ArtifactError when it is another one.
    """
    kept = tables / Path(snapshot.file).name
    if not kept.is_file():
        raise TableError(
            f"the table that {version} learned from is gone: {kept} does not exist; put it back "
            f"from a backup, or run keel run with the table whose fingerprint is "
            f"{snapshot.fingerprint}, which writes it again"
        )
    with disk(tables):
        sha256, size = _hashed(kept)
    if (sha256, size) != (snapshot.sha256, snapshot.bytes):
        raise ArtifactError(
            f"{kept} is not the table that {version} learned from: it has SHA-256 {sha256} and "
            f"{size} bytes, recorded are {snapshot.sha256} and {snapshot.bytes}; delete it and "
            "put it back from a backup, or run keel run with the table again, which rewrites it"
        )
    return kept


def _link_or_copy(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _hashed(file: Path) -> tuple[str, int]:
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        return sha256, opened.tell()

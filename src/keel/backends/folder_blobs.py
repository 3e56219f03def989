"""Blobs in a local folder, one folder each, put in place by a rename."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from keel.backends.blobs import Blob
from keel.backends.disk import disk, flush_folder, flush_tree
from keel.errors import ArtifactError

DIGEST = re.compile(r"[0-9a-f]{64}")


class FolderBlobs:
    """Blobs below `root`; half-made and half-dropped ones are in its `.partial`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._partial = root / ".partial"

    def write(self, digest: str, folder: Path) -> None:
        target = self._place(digest)
        with disk(self.root):
            self._partial.mkdir(parents=True, exist_ok=True)
            if _touched(target):
                return
            source = self._on_this_disk(folder)
            _protect(source)
            flush_tree(source)
            os.utime(source)
            _settle(source, target)
            flush_folder(self.root)
            if source != folder:
                _remove(source)
                _remove(folder)

    def read(self, digest: str) -> Path:
        target = self._place(digest)
        if not target.is_dir():
            raise ArtifactError(
                f"the files of the version with digest {digest} are not in {self.root}: restore "
                "that folder from a backup, or set KEEL_BLOBS to where it is"
            )
        return target

    def has(self, digest: str) -> bool:
        return self._place(digest).is_dir()

    def list(self) -> Iterator[Blob]:
        with disk(self.root):
            names = sorted(os.listdir(self.root)) if self.root.exists() else []
        for name in names:
            if DIGEST.fullmatch(name):
                try:
                    written_s = (self.root / name).stat().st_mtime
                except FileNotFoundError:
                    continue
                yield Blob(name, datetime.fromtimestamp(written_s, UTC))

    def drop(self, digest: str) -> None:
        target = self._place(digest)
        doomed = self._partial / f"{digest}-{uuid4().hex}"
        with disk(self.root), suppress(FileNotFoundError):
            # Renamed away first: removing file by file would leave half a blob to a kill.
            target.rename(doomed)
            flush_folder(self.root)
            _remove(doomed)

    def clean(self, before: datetime) -> int:
        removed = 0
        with disk(self.root):
            for path in self._partial.iterdir() if self._partial.exists() else ():
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before.timestamp():
                        _remove(path)
                        removed += 1
        return removed

    def _place(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise ArtifactError(f"{digest!r} is not a digest: 64 hex digits are expected")
        return self.root / digest

    def _on_this_disk(self, folder: Path) -> Path:
        if folder.stat().st_dev == self._partial.stat().st_dev:
            return folder
        copy = self._partial / uuid4().hex
        try:
            _copy(folder, copy)
        except OSError:
            _remove(copy)
            raise
        return copy


def _settle(source: Path, target: Path) -> None:
    """Rename `source` to `target`, unless somebody else's copy of the same content is there."""
    while True:
        try:
            source.rename(target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        # The copy that was in the way may be dropped before it is touched: then rename again.
        if _touched(target):
            return


def _touched(folder: Path) -> bool:
    """Let `folder` count as written now; whether it exists."""
    try:
        os.utime(folder)
    except FileNotFoundError:
        return False
    return True


def _copy(folder: Path, copy: Path) -> None:
    # Not shutil.copytree: it forgets the error number, which tells a full disk from a closed one.
    copy.mkdir()
    for path in sorted(folder.rglob("*")):
        target = copy / path.relative_to(folder)
        if path.is_dir():
            target.mkdir()
        else:
            shutil.copyfile(path, target, follow_symlinks=False)


def _protect(folder: Path) -> None:
    """Take away the right to write: an editor opened on a card would break the digest."""
    for path, _, names in os.walk(folder):
        for name in names:
            os.chmod(Path(path, name), 0o444)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)

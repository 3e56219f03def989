"""Folders for half-made things, which outlive their process only until they are swept."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from keel.backends.disk import FULL, disk, disk_failure

LOCK = ".lock"


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """A new folder below `root`, removed afterwards.

    It is locked as long as this process lives, so that `sweep_scratch` leaves it alone however
    long the work takes; the system lets go of the lock when the process is killed. A disk that
    becomes full while it is used, whoever writes, raises EnvironmentFailure.
    """
    folder = root / uuid4().hex
    with disk(root):
        folder.mkdir(parents=True)
        handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise disk_failure(error, root) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep_scratch(root: Path, before: datetime) -> int:
    """Remove what dead processes left below `root` and nobody touched since `before`; how many."""
    removed = 0
    with disk(root):
        for path in sorted(root.iterdir()) if root.exists() else ():
            with suppress(FileNotFoundError):
                if _newest_s(path) >= before.timestamp() or _is_locked(path):
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
                removed += 1
    return removed


def _newest_s(path: Path) -> float:
    newest_s = path.lstat().st_mtime
    for parent, _, names in os.walk(path):
        for place in (Path(parent), *(Path(parent, name) for name in names)):
            with suppress(FileNotFoundError):
                newest_s = max(newest_s, place.lstat().st_mtime)
    return newest_s


def _is_locked(path: Path) -> bool:
    try:
        handle = os.open(path / LOCK, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False

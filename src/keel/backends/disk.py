"""What the disk refuses, said with the place and the way out."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keel.errors import EnvironmentFailure

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """Work on files at `place`. Raises EnvironmentFailure instead of OSError, cause kept."""
    try:
        yield
    except OSError as error:
        raise disk_failure(error, place) from error


def disk_failure(error: OSError, place: Path) -> EnvironmentFailure:
    """The failure that `error` means for somebody who wanted to use `place`."""
    where = error.filename or place
    if error.errno in FULL:
        return EnvironmentFailure(
            f"the disk is full: cannot write {where} ({_left(place)}); free some space, "
            "or set KEEL_HOME to a folder on another disk, and run again"
        )
    if error.errno in REFUSED:
        return EnvironmentFailure(
            f"not allowed to use {where} ({os.strerror(error.errno or 0)}): give this user "
            "access there, or set KEEL_HOME to a folder that it may write"
        )
    return EnvironmentFailure(
        f"cannot use {where} ({error.strerror or error}): make it a folder that this user may "
        "read and write, or set KEEL_HOME to another one"
    )


def flush_folder(folder: Path) -> None:
    """Make renames inside `folder` outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_tree(folder: Path) -> None:
    """Make every file below `folder` and every name in it outlast a power cut."""
    for path, _, names in os.walk(folder):
        for name in names:
            handle = os.open(Path(path, name), os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        flush_folder(Path(path))


def _left(place: Path) -> str:
    existing = next((path for path in (place, *place.parents) if path.exists()), None)
    if existing is None:
        return "no space left"
    return f"{shutil.disk_usage(existing).free / 2**20:.1f} MiB left"

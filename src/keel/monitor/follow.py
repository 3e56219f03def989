"""Reads a file as it grows: rotated, truncated or replaced, or whatever comes on a pipe."""

import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from keel.errors import TableError

BLOCK_BYTES = 1 << 16
POLL_S = 0.5

Sleep = Callable[[float], object]


def follow_file(
    path: Path,
    *,
    from_start: bool,
    forever: bool = True,
    poll_s: float = POLL_S,
    sleep: Sleep = time.sleep,
) -> Iterator[bytes | None]:
    """Blocks of the file as it grows; an empty one whenever there was nothing to read, None where
    another file begins.

    A file that became shorter is read from its start again. When another file has taken the name,
    the rest of the old one comes first, then all of the new one. forever: whether to wait for more
    at the end.

    Raises TableError when there is no such file to begin with.
    """
    try:
        stream: BinaryIO = path.open("rb")
    except OSError as error:
        raise TableError(f"cannot read {path}: {error.strerror}") from error
    if not from_start:
        stream.seek(0, os.SEEK_END)
    try:
        yield from _rest(stream)
        while forever:
            yield b""
            sleep(poll_s)
            yield from _rest(stream)
            if _was_cut(stream):
                yield None
                stream.seek(0)
            elif (newer := _newer(stream, path)) is not None:
                # What was written between the last look and the change of names.
                yield from _rest(stream)
                yield None
                stream.close()
                stream = newer
            yield from _rest(stream)
    finally:
        stream.close()


def follow_pipe(stream: BinaryIO, *, poll_s: float = POLL_S) -> Iterator[bytes | None]:
    """Blocks of a pipe until it is closed, and an empty one whenever nothing came for a while."""
    number = stream.fileno()
    while True:
        ready, _, _ = select.select([number], [], [], poll_s)
        if not ready:
            yield b""
            continue
        block = os.read(number, BLOCK_BYTES)
        if not block:
            return
        yield block


def _rest(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK_BYTES):
        yield block


def _was_cut(stream: BinaryIO) -> bool:
    return os.fstat(stream.fileno()).st_size < stream.tell()


def _newer(stream: BinaryIO, path: Path) -> BinaryIO | None:
    """The file that now has the name, open, if it is another one."""
    try:
        newer = path.open("rb")
    except OSError:
        return None
    there, here = os.fstat(newer.fileno()), os.fstat(stream.fileno())
    if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
        newer.close()
        return None
    return newer

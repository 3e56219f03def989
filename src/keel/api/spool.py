"""Bytes on their way out: in memory while there are few, on disk when a reader is slow."""

import asyncio
from tempfile import SpooledTemporaryFile

MEMORY_BYTES = 4 * 2**20
MOST_BYTES = 2**30
PIECE_BYTES = 64 * 2**10


class Spool:
    """A queue of bytes between one writer and one reader.

    It is what lets a client send all of its rows before it reads an answer, as most do, without
    either side waiting for the other.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, memory_bytes: int = MEMORY_BYTES) -> None:
        self._file = SpooledTemporaryFile(max_size=memory_bytes)  # noqa: SIM115
        self._most_bytes = most_bytes
        self._written = self._read = 0
        self._ended = False
        self._moved = asyncio.Condition()

    async def write(self, content: bytes) -> None:
        """Waits while more than `most_bytes` are not read yet."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._written < self._most_bytes)
            self._file.seek(self._written)
            self._file.write(content)
            self._written += len(content)
            self._moved.notify_all()

    async def end(self) -> None:
        """Nothing more is written."""
        async with self._moved:
            self._ended = True
            self._moved.notify_all()

    async def read(self) -> bytes:
        """The next piece; waits for one, and is empty when nothing more comes."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._read < self._written or self._ended)
            self._file.seek(self._read)
            piece = self._file.read(PIECE_BYTES)
            self._read += len(piece)
            if self._read == self._written:
                self._read = self._written = 0
                self._file.seek(0)
                self._file.truncate()
            self._moved.notify_all()
            return piece

    def close(self) -> None:
        """Forget what is left."""
        self._file.close()

"""The bytes of a text file, whatever it is packed in, as UTF-8."""

import codecs
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from keel.data.sources.quotes import QuoteScan, Quoting
from keel.errors import TableError

BLOCK_BYTES = 1 << 22
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PACKED = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}

WINDOWS_1252 = "keel_windows_1252"
"""An error handler: bytes that are not UTF-8 are read as Windows-1252."""


@dataclass(frozen=True)
class TextFile:
    """A text file that was looked through once.

    member: the file inside a zip archive. encoding: `utf-8`, `utf-8-sig`, a UTF-16 or UTF-32, or
    `mixed`: not UTF-8, so that the bytes which are not valid UTF-8 are read as Windows-1252.
    quotes: see `QuoteScan`; several_lines: a quoted value may hold a line break.
    """

    path: Path
    member: str | None
    encoding: str
    quotes: Quoting
    several_lines: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it."""
        notes = [] if self.member is None else [f"read {self.member} inside {self.path.name}"]
        if self.encoding == "mixed":
            notes.append(f"{self.path.name} is not UTF-8: the other bytes read as Windows-1252")
        elif self.encoding.startswith(("utf-16", "utf-32")):
            notes.append(f"{self.path.name} read as {self.encoding.upper()}")
        return tuple(notes)

    def open(self) -> pa.NativeFile:
        """Its content as UTF-8 without a byte order mark, from the start."""
        stream = unpack(self.path, self.member)
        if self.encoding == "utf-8":
            return stream
        return pa.PythonFile(_Utf8(stream, self.encoding), mode="r")

    def sample(self, size: int) -> tuple[str, bool]:
        """The first `size` bytes as text, and whether that is all of it."""
        with self.open() as stream:
            start = stream.read(size + 1)
        text = codecs.getincrementaldecoder("utf-8")().decode(start[:size])
        return text, len(start) <= size


def look_through(path: Path) -> TextFile:
    """Find out how to read the text file at `path`, in one pass over it.

    Raises TableError for an archive without a table in it or with broken content.
    """
    member = _largest_table(path) if path.suffix.lower() == ".zip" else None
    quotes = QuoteScan()
    valid = True
    encoding = "utf-8"
    decoder: Any = codecs.getincrementaldecoder("utf-8")()
    for number, block in enumerate(_blocks(path, member)):
        if number == 0:
            encoding = next((name for bom, name in BOMS if block.startswith(bom)), "utf-8")
        if encoding.startswith(("utf-16", "utf-32")):
            return TextFile(path, member, encoding, "irregular", several_lines=True)
        has_mark = number == 0 and encoding != "utf-8"
        quotes.add(block[len(codecs.BOM_UTF8) :] if has_mark else block)
        if valid:
            valid = _decodes(decoder, block)
    if valid:
        valid = _decodes(decoder, b"", final=True)
    quoting = quotes.finish()
    return TextFile(
        path, member, encoding if valid else "mixed", quoting, several_lines=quotes.several_lines
    )


def read_lines(file: TextFile) -> Iterator[str]:
    """The lines of a text file, each with its end."""
    with file.open() as stream:
        left = b""
        while block := stream.read(BLOCK_BYTES):
            *whole, left = (left + block).split(b"\n")
            for line in whole:
                yield f"{line.decode('utf-8', 'replace')}\n"
        if left:
            yield left.decode("utf-8", "replace")


def _decodes(decoder: Any, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(path: Path, member: str | None) -> Iterator[bytes]:
    try:
        with unpack(path, member) as stream:
            while block := stream.read(BLOCK_BYTES):
                yield block
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise TableError(f"cannot read {path}: {error}; is the file whole?") from error


def unpack(path: Path, member: str | None) -> pa.NativeFile:
    """The bytes of a file, or of a member of a zip archive, whatever they are packed with."""
    if member is not None:
        archive = zipfile.ZipFile(path)
        return pa.PythonFile(archive.open(member), mode="r")
    return pa.input_stream(str(path), compression=PACKED.get(path.suffix.lower()))


def _largest_table(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [entry for entry in archive.infolist() if _is_table(entry)]
    except (OSError, zipfile.BadZipFile) as error:
        raise TableError(f"cannot read {path}: {error}; is the file whole?") from error
    if not members:
        raise TableError(f"{path} holds no .csv, .tsv, .txt or .data file: unpack it and name one")
    return max(members, key=lambda entry: (entry.file_size, entry.filename)).filename


def _is_table(entry: zipfile.ZipInfo) -> bool:
    hidden = entry.filename.startswith("__MACOSX/") or Path(entry.filename).name.startswith(".")
    return not hidden and entry.filename.lower().endswith((".csv", ".tsv", ".txt", ".data"))


class _Utf8(io.RawIOBase):
    """Turns a stream of another encoding into UTF-8 as it is read."""

    def __init__(self, stream: pa.NativeFile, encoding: str) -> None:
        self._stream = stream
        name = "utf-8-sig" if encoding == "mixed" else encoding
        self._decoder = codecs.getincrementaldecoder(name)(
            WINDOWS_1252 if encoding == "mixed" else "replace"
        )
        self._left = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left and not self._ended:
            block = self._stream.read(BLOCK_BYTES)
            self._ended = not block
            self._left = self._decoder.decode(block, self._ended).encode("utf-8", "replace")
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        self._stream.close()
        super().close()


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    try:
        return wrong.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return wrong.decode("latin-1"), error.end


codecs.register_error(WINDOWS_1252, _as_windows_1252)

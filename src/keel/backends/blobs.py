"""The seam of blobs: folders of files that never change, kept under the digest of their content."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Blob:
    """A kept folder: its SHA-256 digest in hex, and when it was last written."""

    digest: str
    written_at: datetime


class Blobs(Protocol):
    """Where the folders of versions are kept.

    Any number of processes may call these at once. Whatever happens to a writer, a blob is there
    whole or not at all. Digests are 64 hex digits; whether the content has that digest is for the
    caller to verify. All raise EnvironmentFailure when the store is full, read-only or away.
    """

    def write(self, digest: str, folder: Path) -> None:
        """Take `folder` in. It is moved away, unless `digest` is there already: then the blob
        counts as written now and `folder` is left as it is."""
        ...

    def read(self, digest: str) -> Path:
        """A local folder with the content, not to be written to. Raises ArtifactError."""
        ...

    def has(self, digest: str) -> bool:
        """Whether it is there."""
        ...

    def list(self) -> Iterator[Blob]:
        """All that are there, in the order of their digests."""
        ...

    def drop(self, digest: str) -> None:
        """Remove it; nothing happens when it is not there."""
        ...

    def clean(self, before: datetime) -> int:
        """Remove what writers and droppers that died before then left behind; how many."""
        ...

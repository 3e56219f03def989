"""Which blobs backend a URL means."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from keel.backends.blobs import Blobs
from keel.backends.folder_blobs import FolderBlobs
from keel.errors import InputError


def open_blobs(url: str) -> Blobs:
    """The backend that the scheme of `url` names. Nothing is created before the first write.

    Raises InputError for a scheme that no backend has.
    """
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise InputError(
            f"KEEL_BLOBS is {url!r}, which no backend can open: write file:///absolute/folder"
        )
    return FolderBlobs(Path(unquote(parts.path)))

"""Fetches a data set from its official address and checks that it is the one we know."""

import hashlib
import io
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from keel.errors import EnvironmentFailure, TableError
from keel.train.progress import Tell

TIMEOUT_S = 60.0
_MOST_BYTES = 200_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Remote:
    """An original file. address: of the file, or of a zip that holds it under `member`.

    sha256: of the original's bytes; of the member rather than the zip, as archives are packed
    anew from time to time. names: what copies of it on a disk are called.
    """

    address: str
    sha256: str
    names: tuple[str, ...]
    member: str | None = None


def original(remote: Remote, data: Path | None, tell: Tell) -> bytes:
    """The bytes of the original: found at `data` if that is given, else downloaded.

    data: the file, a zip with it, or a folder with either. It is taken as it is; only what came
    over the network is held against the checksum.

    Raises TableError when `data` does not have it, EnvironmentFailure when the network does not
    give it or gives something else.
    """
    if data is not None:
        return _from_disk(remote, data)
    tell(f"data      downloading {remote.address}")
    content = download(remote.address)
    if remote.member is not None:
        content = _unzipped(content, remote.member, remote.address)
    found = hashlib.sha256(content).hexdigest()
    if found != remote.sha256:
        raise EnvironmentFailure(
            f"{remote.address} gave other bytes than expected: SHA-256 {found}, expected "
            f"{remote.sha256}; if you trust a copy of your own, give it with --data PATH"
        )
    return content


def download(address: str, most_bytes: int = _MOST_BYTES) -> bytes:
    """What is at `address`, which must be http or https.

    Raises EnvironmentFailure when it cannot be had, naming --data as the way around.
    """
    if not address.startswith(("https://", "http://")):
        raise EnvironmentFailure(f"cannot download {address}: only http and https are allowed")
    content = io.BytesIO()
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
            while chunk := answer.read(_CHUNK):
                content.write(chunk)
                if content.tell() > most_bytes:
                    raise EnvironmentFailure(
                        f"{address} gives more than {most_bytes:,} bytes, which is not the data "
                        "set; get it another way and give it with --data PATH"
                    )
    except (OSError, urllib.error.URLError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise EnvironmentFailure(
            f"cannot download {address}: {reason}; get that file another way and give it with "
            "--data PATH, or try again with a network"
        ) from error
    return content.getvalue()


def _from_disk(remote: Remote, data: Path) -> bytes:
    wanted = (*remote.names, *((Path(remote.member).name,) if remote.member else ()))
    try:
        if data.is_dir():
            inside = [data / name for name in wanted if (data / name).is_file()]
            zips = sorted(data.glob("*.zip"))
            held = [z for z in zips if _member(z, wanted) is not None]
            if not inside and not held:
                raise TableError(
                    f"{data} has no {' or '.join(wanted)}: give the file, or a folder with it; "
                    f"the original is at {remote.address}"
                )
            data = inside[0] if inside else held[0]
        if zipfile.is_zipfile(data):
            member = _member(data, wanted)
            if member is None:
                raise TableError(f"{data} holds no {' or '.join(wanted)}")
            return _unzipped(data.read_bytes(), member, str(data))
        return data.read_bytes()
    except FileNotFoundError as error:
        raise TableError(
            f"there is nothing at {data}: give a file with --data PATH, or leave --data out to "
            f"download {remote.address}"
        ) from error
    except OSError as error:
        raise TableError(f"cannot read {data}: {error.strerror}") from error


def _member(archive: Path, wanted: tuple[str, ...]) -> str | None:
    if not zipfile.is_zipfile(archive):
        return None
    with zipfile.ZipFile(archive) as held:
        names = held.namelist()
    return next((name for name in names if Path(name).name in wanted), None)


def _unzipped(content: bytes, member: str, where: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(member) as file:
            found = file.read(_MOST_BYTES + 1)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise EnvironmentFailure(
            f"{where} is not a zip archive with {member}: {error}; give a copy with --data PATH"
        ) from error
    if len(found) > _MOST_BYTES:
        raise EnvironmentFailure(f"{member} in {where} is larger than {_MOST_BYTES:,} bytes")
    return found

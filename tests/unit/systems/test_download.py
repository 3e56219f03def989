"""Original files come over HTTP with a checksum, or from this machine."""

import hashlib
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from keel.errors import EnvironmentFailure, TableError
from keel.systems.download import Remote, download, original
from keel.train.progress import silent

CONTENT = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join()


def zipped(content: bytes = CONTENT, name: str = "x.csv") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_file_is_downloaded_and_its_address_told(site: tuple[str, Path]) -> None:
    address, folder = site
    (folder / "x.csv").write_bytes(CONTENT)
    told: list[str] = []
    remote = Remote(f"{address}/x.csv", SHA256, ("x.csv",))
    assert original(remote, None, told.append) == CONTENT
    assert told == [f"data      downloading {address}/x.csv"]


def test_a_member_of_a_zip_is_downloaded_whatever_the_zip_is(site: tuple[str, Path]) -> None:
    address, folder = site
    (folder / "x.zip").write_bytes(zipped())
    remote = Remote(f"{address}/x.zip", SHA256, ("x.csv",), "x.csv")
    assert original(remote, None, silent) == CONTENT


def test_other_bytes_than_expected_are_refused_with_both_checksums(site: tuple[str, Path]) -> None:
    address, folder = site
    (folder / "x.csv").write_bytes(b"altered")
    remote = Remote(f"{address}/x.csv", SHA256, ("x.csv",))
    with pytest.raises(EnvironmentFailure, match=f"expected {SHA256}; .*--data PATH"):
        original(remote, None, silent)


def test_a_page_that_is_not_there_is_an_environment_failure(site: tuple[str, Path]) -> None:
    with pytest.raises(EnvironmentFailure, match=r"x\.csv: .*--data PATH"):
        download(f"{site[0]}/x.csv")


def test_without_a_network_the_message_names_the_address_and_the_way_around() -> None:
    address = f"http://127.0.0.1:{unused_port()}/data.zip"
    remote = Remote(address, SHA256, ("x.csv",), "x.csv")
    with pytest.raises(EnvironmentFailure, match=rf"cannot download {address}: .*--data PATH") as e:
        original(remote, None, silent)
    assert e.value.exit_code == 3


def test_more_than_the_most_bytes_are_refused(site: tuple[str, Path]) -> None:
    (site[1] / "big").write_bytes(b"x" * 1000)
    with pytest.raises(EnvironmentFailure, match="more than 999 bytes"):
        download(f"{site[0]}/big", most_bytes=999)


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://a/b", "/etc/hostname"])
def test_only_the_web_is_downloaded_from(address: str) -> None:
    with pytest.raises(EnvironmentFailure, match="only http and https"):
        download(address)


def test_a_zip_without_the_member_is_refused(site: tuple[str, Path]) -> None:
    (site[1] / "x.zip").write_bytes(zipped(name="other.csv"))
    remote = Remote(f"{site[0]}/x.zip", SHA256, ("x.csv",), "x.csv")
    with pytest.raises(EnvironmentFailure, match=r"not a zip archive with x\.csv"):
        original(remote, None, silent)


@pytest.mark.parametrize("given", ["x.csv", "copy.csv", "any.zip", ".", "zips"])
def test_a_copy_may_be_a_file_a_zip_or_a_folder(tmp_path: Path, given: str) -> None:
    (tmp_path / "copy.csv").write_bytes(CONTENT)
    (tmp_path / "x.csv").write_bytes(CONTENT)
    (tmp_path / "any.zip").write_bytes(zipped(name="deep/x.csv"))
    (tmp_path / "zips").mkdir()
    (tmp_path / "zips" / "a.zip").write_bytes(zipped())
    remote = Remote("http://127.0.0.1:1/x.zip", SHA256, ("x.csv", "y.csv"), "x.csv")
    assert original(remote, tmp_path / given, silent) == CONTENT


def test_a_copy_is_not_held_against_the_checksum(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"mine")
    remote = Remote("http://127.0.0.1:1/x.csv", SHA256, ("x.csv",))
    assert original(remote, tmp_path / "x.csv", silent) == b"mine"


def test_a_copy_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    remote = Remote("http://127.0.0.1:1/x.csv", SHA256, ("x.csv",))
    with pytest.raises(TableError, match=r"there is nothing at .*download http://127"):
        original(remote, tmp_path / "none", silent)
    with pytest.raises(TableError, match=r"has no x\.csv"):
        original(remote, tmp_path, silent)

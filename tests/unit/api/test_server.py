import socket
from pathlib import Path

import pytest

from keel.api.server import is_loopback, serve
from keel.errors import EnvironmentFailure, InputError
from tiny_systems import open_tiny_store


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_alone_reaches_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "localhost.example.com"])
def test_a_host_that_others_reach_is_refused(host: str, tmp_path: Path) -> None:
    assert not is_loopback(host)
    with pytest.raises(InputError, match="--insecure"):
        serve(open_tiny_store(tmp_path), host=host, port=0)


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    store = open_tiny_store(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EnvironmentFailure, match=f"cannot listen on 127.0.0.1 port {port}"):
            serve(store, host="127.0.0.1", port=port)
    store.engine.dispose()

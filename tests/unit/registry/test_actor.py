import socket

import pytest

from keel.registry.actor import read_actor


def test_the_actor_is_the_user_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    assert read_actor() == f"ada@{socket.gethostname()}"

"""Ctrl-C at any moment ends the command with 130 and one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

INTERRUPTED_WHILE_LOADING = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                {then}

sys.meta_path.insert(0, Interrupt())
sys.argv = ["keel", "list"]
from keel.__main__ import start
start()
"""


@pytest.mark.parametrize(
    ("module", "then"),
    [
        ("typer", "raise"),
        ("sqlalchemy", "raise"),
        ("sqlalchemy", "raise ImportError('initialization failed')"),
    ],
)
def test_an_interrupt_while_modules_load_is_no_fault(tmp_path: Path, module: str, then: str):
    code = INTERRUPTED_WHILE_LOADING.format(module=module, then=then)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert done.stderr == "\ninterrupted: the same command goes on from what was finished\n"

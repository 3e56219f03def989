"""What an exported Dockerfile does, done in a folder: its checks, its start, its health."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from keel.export.docker import HOME, PLACE, PORT
from keel.export.export import export
from keel.registry.record import Record
from tiny_systems import add, loans, open_tiny_store, petals

PETAL = {"length": 2, "width": 0}
TOKEN = "of-this-test-and-long-enough"
NOT_INSTALLED = """
import sys
from importlib.machinery import PathFinder

class Image(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in ("sklearn", "lightgbm", "optuna", "onnx", "scipy", "torch"):
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path = [Image if finder is PathFinder else finder for finder in sys.meta_path]
"""


@pytest.fixture
def image(tmp_path: Path, make_record: Callable[..., Record]) -> Path:
    store = open_tiny_store(tmp_path / "home")
    for system, exported in (("petals", petals()), ("petals", petals(1)), ("loans", loans())):
        add(store, system, exported, make_record=make_record)
    into = export(store, "petals@1", "docker", tmp_path / "image")
    store.engine.dispose()
    return into


def test_an_image_checks_itself_starts_answers_and_stops(image: Path, tmp_path: Path) -> None:
    home = tmp_path / "var"
    home.mkdir()
    (home / "sitecustomize.py").write_text(NOT_INSTALLED)
    text = (image / "Dockerfile").read_text().replace("\\\n", "")
    text = text.replace(PLACE, str(image)).replace(HOME, str(home))
    said = re.findall(r"^(RUN|ENTRYPOINT|HEALTHCHECK .*CMD) (.+)$", text, re.MULTILINE)
    environment = {
        name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    settings = re.findall(r"(KEEL_\w+|PYTHONPATH)=(\S+)", text)
    environment |= dict(settings)
    environment["PYTHONPATH"] += f"{os.pathsep}{home}"

    check = next(words for name, words in said if name == "RUN" and "verify_folder" in words)
    subprocess.run(["sh", "-c", check], cwd=image, env=environment, check=True, timeout=60)

    start = json.loads(said[-1][1])
    start[2] = start[2].replace(f"--port {PORT}", "--port 0")
    health = json.loads(next(words for name, words in said if name.startswith("HEALTHCHECK")))
    open_to_all = subprocess.run(
        start, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (open_to_all.returncode, "KEEL_TOKENS" in open_to_all.stderr) == (2, True)
    environment["KEEL_TOKENS"] = f"answer:{TOKEN}"
    with subprocess.Popen(
        start, cwd=home, env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            found = re.search(r":(\d+)$", line := server.stderr.readline().strip())
            assert found, line + server.stderr.read()
            health[-1] = health[-1].replace(str(PORT), found[1])
            subprocess.run(health, env=environment, check=True, timeout=20)
            address = f"http://127.0.0.1:{found[1]}"
            assert httpx.post(f"{address}/v1/petals/predict", json=PETAL).status_code == 401
            token = {"authorization": f"Bearer {TOKEN}"}
            with httpx.Client(base_url=address, headers=token) as client:
                answer = client.post("/v1/petals/predict", json=PETAL).json()
                assert (answer["version"], len(answer["predictions"])) == (1, 1)
                assert client.post("/v1/petals/explain", json=PETAL).status_code == 200
                assert client.post("/v1/loans/predict", json={}).status_code == 404
            server.send_signal(signal.SIGTERM)
            assert server.wait(15) == 0
        finally:
            server.kill()


def test_an_image_whose_files_were_changed_is_not_built(image: Path) -> None:
    model = next((image / "versions").rglob("model.onnx"))
    model.chmod(0o644)
    model.write_bytes(model.read_bytes()[:-1])
    text = (image / "Dockerfile").read_text().replace("\\\n", "")
    (check,) = re.findall(r"^RUN (.*verify_folder.*)$", text, re.MULTILINE)
    environment = {**os.environ, "PYTHONPATH": str(image / "code")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", check],
        cwd=image,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "model.onnx" in done.stderr

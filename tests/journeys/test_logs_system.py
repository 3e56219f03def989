"""The logs system with real processes: made, run, watched while the log grows and is rotated, and
asked over HTTP."""

import json
import re
import subprocess
import threading
import time
from pathlib import Path
from queue import Empty, Queue

import httpx
import pytest

from keel.systems.logs.service import write_service
from keel.systems.logs.simulate import Simulation, Size, simulate
from keel.train.progress import silent
from keel_process import KEEL, environment, keel

SHORT = Size(days=8, requests_per_minute=2.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A system with a champion, learned from a week."""
    folder = tmp_path_factory.mktemp("logs")
    keel(folder, "new", "shop", "--like", "logs")
    write_service(folder / "shop" / "data", SHORT, silent)
    declared = (folder / "shop" / "keel.yaml").read_text()
    assert "trials: 16" in declared
    quick = declared.replace("trials: 16", "models: [event_families, nearest_counts]\n  trials: 2")
    (folder / "shop" / "keel.yaml").write_text(quick)
    report = json.loads(keel(folder, "run", "shop", "--quiet", "--json").stdout)
    assert report["status"] == "champion", report["promises"]
    assert {verdict["verdict"] for verdict in report["promises"]} <= {"kept", "undecided"}
    return folder


@pytest.fixture(scope="module")
def later() -> Simulation:
    """Two more days: all is well on the first, there is an incident on the second."""
    return simulate(Size(days=2, requests_per_minute=2.0, seed=5))


def parts(later: Simulation) -> tuple[str, str]:
    """The log up to five minutes into the incident, and the rest."""
    (incident,) = later.incidents
    split = next(
        place
        for place, line in enumerate(later.lines)
        if line.startswith(f"{incident.start:%Y-%m-%d}")
        and f"{incident.start:%H:%M}" <= line[11:16]
    )
    quiet, rest = later.lines[split - 300 : split + 20], later.lines[split + 20 : split + 900]
    return "\n".join(quiet) + "\n", "\n".join(rest) + "\n"


def test_a_log_that_grows_and_is_rotated_raises_an_alert(folder: Path, later: Simulation) -> None:
    log = folder / "live.log"
    before, after = parts(later)
    log.write_text(before)
    words = [*KEEL, "watch", "shop", "live.log", "--from-start", "--json"]
    with subprocess.Popen(
        words,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:
        try:
            assert watching.stdout is not None
            lines: Queue[str] = Queue()
            threading.Thread(target=lambda: [lines.put(x) for x in watching.stdout or ()]).start()
            time.sleep(2)
            log.rename(folder / "live.log.1")
            log.write_text(after[:5_000])
            time.sleep(1)
            with log.open("a") as file:
                file.write(after[5_000:])
            alert = json.loads(first(lines, watching))
        finally:
            watching.terminate()
            watching.wait(15)
    (incident,) = later.incidents
    assert alert["window"] >= f"{incident.start:%Y-%m-%d}"
    assert alert["score"] >= alert["threshold"]
    assert alert["reasons"]
    assert {"kind", "template", "expected", "seen"} <= set(alert["reasons"][0])
    assert alert["lines"]
    assert alert["incident"] == 1


def first(lines: "Queue[str]", watching: "subprocess.Popen[str]") -> str:
    """The first line that comes, within a minute."""
    try:
        return lines.get(timeout=60)
    except Empty:
        watching.terminate()
        raise AssertionError(watching.communicate()[1]) from None


def test_a_log_on_stdin_is_answered_as_it_is_in_a_file(folder: Path, later: Simulation) -> None:
    text = "".join(parts(later))
    (folder / "whole.log").write_text(text)
    of_file = keel(folder, "watch", "shop", "whole.log", "--once", "--json", "--quiet", code=1)
    piped = subprocess.run(
        [*KEEL, "watch", "shop", "-", "--json", "--quiet"],
        cwd=folder,
        env=environment(folder),
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert piped.returncode == 1
    assert piped.stdout == of_file.stdout
    assert len(of_file.stdout.splitlines()) >= 3


def test_the_same_model_answers_over_http(folder: Path, later: Simulation) -> None:
    (incident,) = later.incidents
    start = next(
        i for i, line in enumerate(later.lines) if line[:16] >= f"{incident.start:%Y-%m-%d %H:%M}"
    )
    odd = later.lines[start + 60 : start + 120]
    usual = [line for line in later.lines if "2025-01-06 09:30" <= line[:16] < "2025-01-06 09:35"]
    words = [*KEEL, "serve", "--port", "0"]
    with subprocess.Popen(
        words, cwd=folder, env=environment(folder), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := server.stderr.readline())
            assert found, line + server.stderr.read()
            rows = [{"log": odd}, {"log": "\n".join(odd)}, {"log": usual}]
            answer = httpx.post(f"{found[0]}/v1/shop/predict", json={"rows": rows}, timeout=30)
        finally:
            server.kill()
    assert answer.status_code == 200, answer.text
    listed, joined, quiet = answer.json()["predictions"]
    assert listed == joined
    assert listed["prediction"] == "anomaly"
    assert quiet["prediction"] == "normal"
    assert (listed["action"], quiet["action"]) == ("call", "ignore")

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from keel.errors import InputError
from keel.export.export import export
from keel.store import Store

REPORT = {
    "system": "petals",
    "status": "held",
    "promises": [
        {
            "promise": "roc_auc >= 0.9",
            "verdict": "broken",
            "value": 0.71234,
            "low": 0.65,
            "high": 0.76,
            "reason": "below | <b>0.9</b> @ada",
        },
        {"promise": "no leakage", "verdict": "kept", "value": None, "low": None, "reason": ""},
    ],
    "model": {"why": "logistic is the simplest"},
}


@pytest.fixture
def path(store: Store, tmp_path: Path) -> Path:
    (tmp_path / "repository").mkdir()
    return export(store, "petals", "ci", tmp_path / "repository")


@pytest.fixture
def job(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads `on` as true, GitHub as a word.
    found: dict[str, Any] = yaml.safe_load(path.read_text())["jobs"]["promises"]
    return found


def test_a_workflow_lies_where_github_looks_for_it(path: Path, tmp_path: Path) -> None:
    assert path == tmp_path / "repository" / ".github" / "workflows" / "keel-petals.yml"
    workflow = yaml.safe_load(path.read_text())
    assert workflow[True] == {"pull_request": None}
    assert workflow["permissions"] == {}


def test_it_may_read_and_comment_and_no_more(job: dict[str, Any]) -> None:
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
    checkout = job["steps"][0]
    assert checkout["with"]["persist-credentials"] is False
    for step in job["steps"]:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+\.\d+\.\d+", step.get("uses", "actions/x@v1.0.0"))
        assert ("uses" in step) != ("run" in step)
        # What others write is never pasted into a script.
        assert "${{" not in step.get("run", "")
    (comment,) = (step for step in job["steps"] if step.get("name") == "Comment")
    assert "head.repo.full_name == github.repository" in comment["if"]


def told(job: dict[str, Any], folder: Path, report: str) -> str:
    (folder / "report.json").write_text(report)
    (step,) = (step for step in job["steps"] if step.get("name") == "Tell")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "CODE": "2", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    words = [shutil.which("bash") or "bash", "-e", "-c", step["run"]]
    subprocess.run(words, cwd=folder, env=environment, check=True, timeout=60)
    assert (folder / "summary.md").read_text() == (folder / "verdicts.md").read_text()
    return (folder / "verdicts.md").read_text()


def test_verdicts_are_commented_as_a_table(job: dict[str, Any], tmp_path: Path) -> None:
    lines = told(job, tmp_path, json.dumps(REPORT)).splitlines()
    assert lines[0] == "### petals: held"
    assert "| roc_auc &gt;= 0.9 | ❌ broken | 0.7123 [0.65, 0.76] |" in lines[4]
    assert r"below \| &lt;b&gt;0.9&lt;/b&gt;" in lines[4]
    assert "@ada" not in lines[4]
    assert lines[5].startswith("| no leakage | ✅ kept | - |")


def test_a_run_that_failed_is_commented_without_its_words(
    job: dict[str, Any], tmp_path: Path
) -> None:
    assert told(job, tmp_path, "") == "### petals: the run failed (exit 2), its log says why\n"


def test_the_exit_code_of_the_run_is_that_of_the_job(job: dict[str, Any], tmp_path: Path) -> None:
    (step,) = (step for step in job["steps"] if step.get("id") == "run")
    (tmp_path / "keel").write_text("#!/bin/sh\necho '{}'\nexit 1\n")
    (tmp_path / "keel").chmod(0o755)
    output = tmp_path / "output"
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(output),
        "WHERE": ".",
    }
    subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=environment, check=True, timeout=60
    )
    assert output.read_text() == "code=1\n"


def test_a_workflow_that_was_changed_is_left_alone(
    store: Store, path: Path, tmp_path: Path
) -> None:
    assert export(store, "petals", "ci", tmp_path / "repository") == path
    path.write_text("mine")
    with pytest.raises(InputError, match="says something else"):
        export(store, "petals", "ci", tmp_path / "repository")
    assert path.read_text() == "mine"

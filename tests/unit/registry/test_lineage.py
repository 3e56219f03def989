import os
import subprocess
from pathlib import Path

import pytest

import keel
from keel.registry.lineage import count_cpus, read_lineage


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    command = ["git", "-C", str(folder), *identity, *words]
    outside = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(command, check=True, capture_output=True, env=outside)


def test_lineage_names_the_libraries_the_machine_and_the_threads(tmp_path: Path) -> None:
    lineage = read_lineage(tmp_path, threads=3)
    assert lineage.code_version == keel.__version__
    assert {"numpy", "scikit-learn", "lightgbm", "onnxruntime"} <= set(lineage.libraries)
    assert (lineage.threads, lineage.cpus) == (3, count_cpus())
    assert lineage.python.startswith("3.")


def test_the_commit_is_recorded_and_says_when_files_were_changed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "keel.yaml").write_text("system: fraud\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "tag", "v1")
    clean = read_lineage(tmp_path, 1).commit
    assert clean is not None
    assert len(clean) == 40
    (tmp_path / "keel.yaml").write_text("system: other\n")
    assert read_lineage(tmp_path, 1).commit == f"{clean}-dirty"


def test_outside_of_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert read_lineage(tmp_path, 1).commit is None


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_lineage(tmp_path, 1).commit is None

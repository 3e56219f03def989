"""Whatever is in a log, it becomes a detector that says what it met, or is refused."""

from pathlib import Path

import numpy as np
import pytest

import keel
from keel.errors import TableError
from keel.session import Session

FAST = ("unseen_event", "rare_counts")


def run(folder: Path, log: bytes, told: list[str]) -> Session:
    (folder / "service.log").write_bytes(log)
    (folder / "keel.yaml").write_text(
        "system: service\ntask: detect\n"
        "data: {lines: {table: service.log, log: {window: 20 lines, templates: 100}}}\n"
        "promises: [alerts <= 50%]\n"
    )
    return keel.run(folder, home=folder / "home", models=FAST, trials=2, tell=told.append)


def test_an_empty_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no rows"):
        run(tmp_path, b"", [])


def test_garbage_without_times_is_learned_in_bounded_room_and_said(tmp_path: Path) -> None:
    told: list[str] = []
    log = np.random.default_rng(0).integers(0, 256, 150_000, dtype=np.uint8).tobytes()
    found = run(tmp_path, log, told)
    assert any("control characters" in note for note in found.report.notes)
    assert any("100 templates, and room for no more" in word for word in told)
    assert any("mask what varies in them, or allow more" in word for word in told)
    assert found.report.rows["train"] > 15

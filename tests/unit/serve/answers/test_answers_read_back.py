from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from answer_case import BEGAN, answered

from keel.registry.version import Version
from keel.serve.answers.queued_log import QueuedLog
from keel.serve.answers.read_answers import read_answers
from keel.serve.runtime import Runtime
from tiny_systems import houses, petals

KEY = b"0123456789abcdef"
PETAL = {"length": 2.0, "width": 0.0}
HOUSE = {"area": 80, "year": 1900, "seen": "2026-03-01T09:00:00"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "answers"


def test_nothing_was_answered_yet(root: Path) -> None:
    found = read_answers(root, "petals")
    assert found.frame.collect().is_empty()
    assert found.dropped.is_empty()


def test_answers_of_all_workers_and_versions_come_in_the_order_of_their_times(
    add: Callable[..., Version], runtime: Runtime, root: Path
) -> None:
    add("garden", petals())
    runtime.refresh()
    first = runtime.serving("garden")
    add("garden", houses())
    runtime.refresh()
    second = runtime.serving("garden")
    with QueuedLog(root, KEY) as one, QueuedLog(root, KEY) as other:
        one.append(answered(first, 0, PETAL))
        other.append(answered(first, 1, PETAL))
        other.append(answered(second, 2, HOUSE))
        one.append(answered(first, 3, PETAL))
    found = read_answers(root, "garden").frame.collect()
    assert found["request_id"].to_list() == ["r0", "r1", "r2", "r3"]
    assert found["version"].to_list() == [1, 1, 2, 1]
    assert found["feature.length"].to_list() == [2.0, 2.0, None, 2.0]
    only = read_answers(root, "garden", versions=[2]).frame.collect()
    assert only["prediction"].dtype == pl.Float64
    since, until = BEGAN + timedelta(seconds=1), BEGAN + timedelta(seconds=3)
    some = read_answers(root, "garden", since=since, until=until).frame.collect()
    assert some["request_id"].to_list() == ["r1", "r2"]
    assert read_answers(root, "meadow").frame.collect().is_empty()

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keel.monitor.release_evidence import ReleaseEvidence
from keel.registry.record import Record
from keel.releases.begin import begin_release
from keel.serve.answers.queued_log import QueuedLog
from keel.serve.labels import Label, record_labels
from keel.serve.predict import predict
from keel.serve.runtime import Runtime
from keel.spec.release import parse_steps
from keel.spec.system import System
from tiny_systems import add, open_tiny_store, petals

DECLARED = {
    "system": "petals",
    "data": {"petals": {"table": "p.csv", "key": "petal"}},
    "label": {"column": "size"},
    "promises": ["accuracy >= 0.5"],
}


def test_the_arms_of_a_release_have_their_answers_labels_and_failures(
    tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    store = open_tiny_store(tmp_path)
    for seed in range(2):
        add(
            store,
            "petals",
            petals(seed),
            make_record=make_record,
            at_once=seed == 0,
            declaration=DECLARED,
        )
    now = datetime(2026, 3, 1, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(seconds=1)
        return now

    root = store.settings.answers
    with QueuedLog(root, b"0123456789abcdef") as log:
        runtime = Runtime(store.engine, store.blobs, answer_log=log, clock=clock)
        runtime.refresh()
        before = {"length": 2, "width": 0, "petal": "before"}
        predict(runtime, "petals", json.dumps(before).encode())
        steps = parse_steps("50% 1h, 100%")
        release = begin_release(store.engine, "petals", 2, steps, clock, actor="ada")
        runtime.refresh()
        for number in range(40):
            row = {"length": 2, "width": 0, "petal": number}
            asked = {"rows": [row], "options": {"unit": f"u{number}"}}
            predict(runtime, "petals", json.dumps(asked).encode())
    labels = [Label("key", str(number), "large") for number in range(0, 40, 2)]
    record_labels(store.engine, "petals", labels, clock())
    gather = ReleaseEvidence(store.engine, store.blobs, store.settings, clock)
    arms = gather(release, System.model_validate(DECLARED))
    assert set(arms) == {"champion", "challenger"}
    assert {arm: evidence.version for arm, evidence in arms.items()} == {
        "champion": "petals@1",
        "challenger": "petals@2",
    }
    assert sum(len(evidence) for evidence in arms.values()) == 40
    for evidence in arms.values():
        odd = [int(case) % 2 == 0 for case in evidence.id]
        assert evidence.observed.tolist() == odd
        assert set(evidence.label[evidence.observed]) == {2}
        assert not evidence.failed.any()
        assert set(evidence.step) == {0}
        assert len(evidence.latency_ms) == len(evidence)
    store.engine.dispose()

"""What was refused can be looked at, and does not fill the disk."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keel.serve import refused_events
from keel.serve.refused_events import RefusedEvents, RefusedRow, without_private

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def rows(*numbers: int) -> list[RefusedRow]:
    return [RefusedRow(NOON, "payments", "it has no tx_id", {"number": n}) for n in numbers]


def test_rows_are_kept_with_their_reasons(tmp_path: Path) -> None:
    refused = RefusedEvents(tmp_path / "refused")
    assert refused.keep("pay", rows(1, 2)) == "refused/pay/events.jsonl"
    refused.keep("pay", rows(3))
    kept = lines(tmp_path / "refused" / "pay" / "events.jsonl")
    assert [line["row"] for line in kept] == [{"number": 1}, {"number": 2}, {"number": 3}]
    assert kept[0] | {"row": {}} == {
        "at": "2026-02-10T12:00:00Z",
        "table": "payments",
        "reason": "it has no tx_id",
        "row": {},
    }


def test_what_is_private_is_not_kept() -> None:
    row = {"tx_id": 3, "email": "ada@x.org", "emial": "bob@x.org", "at": "soon"}
    refused = RefusedRow(NOON, None, "at is 'soon' for ada@x.org", row)
    shown = without_private(refused, {"email"}, {"tx_id", "email", "at"})
    assert shown.reason == "at is 'soon' for ..."
    assert shown.row == {"tx_id": 3, "at": "soon"}


def test_the_oldest_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_events, "MOST_BYTES", 250)
    refused = RefusedEvents(tmp_path)
    for number in range(7):
        refused.keep("pay", rows(number))
    last, before = (
        lines(tmp_path / "pay" / name) for name in ("events.jsonl", "events.before.jsonl")
    )
    assert [line["row"]["number"] for line in [*before, *last]] == [4, 5, 6]


def test_a_disk_that_refuses_refuses_no_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "pay").write_text("a file in the way")
    assert RefusedEvents(tmp_path).keep("pay", rows(1)) is None
    assert "1 refused events of pay are not kept" in caplog.text

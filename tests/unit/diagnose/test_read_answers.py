"""What was shown is read out of a file."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from keel.diagnose.read_answers import read_answers
from keel.errors import TableError


def test_times_and_texts_are_read_alike(tmp_path: Path) -> None:
    shown = pl.DataFrame(
        {
            "user": [1, 2],
            "time": [datetime(2026, 3, 1, 12, tzinfo=UTC)] * 2,
            "items": [[3, 4], [5]],
        }
    )
    shown.write_parquet(tmp_path / "shown.parquet")
    lines = '{"user":"1","time":"2026-03-01T14:00:00+02:00","items":["3","4"]}\n'
    lines += '{"user":"2","time":"2026-03-01T12:00:00Z","items":["5"]}\n'
    (tmp_path / "shown.jsonl").write_text(lines)
    one, other = (read_answers(tmp_path / f"shown.{kind}") for kind in ("parquet", "jsonl"))
    assert one.rows() == other.rows()
    assert one["time"][0] == int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"none of \.parquet, \.jsonl, \.arrow"):
        read_answers(tmp_path / "shown.xlsx")
    with pytest.raises(TableError, match="there is no file"):
        read_answers(tmp_path / "shown.jsonl")
    (tmp_path / "shown.jsonl").write_text('{"user": 1, "time": "2026-03-01"}\n')
    with pytest.raises(TableError, match="no column items"):
        read_answers(tmp_path / "shown.jsonl")
    (tmp_path / "shown.jsonl").write_text('{"user": 1, "time": "2026-03-01", "items": 3}\n')
    with pytest.raises(TableError, match="items must be a list"):
        read_answers(tmp_path / "shown.jsonl")
    (tmp_path / "shown.jsonl").write_text('{"user": 1, "time": "lately", "items": [3]}\n')
    with pytest.raises(TableError, match=r"shown\.jsonl"):
        read_answers(tmp_path / "shown.jsonl")

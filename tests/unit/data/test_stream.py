"""Any table in, answers out, in batches."""

from pathlib import Path

import polars as pl
import pytest

from keel.data.sources.source import BadLine
from keel.data.stream import FORMATS, Frames, FrameWriter
from keel.errors import InputError

FRAME = pl.DataFrame({"prediction": ["yes", "no"], "score": [0.9, 0.25]})


def read(path: Path) -> pl.DataFrame:
    readers = {
        ".csv": pl.read_csv,
        ".parquet": pl.read_parquet,
        ".jsonl": pl.read_ndjson,
        ".arrow": pl.read_ipc,
    }
    return readers[path.suffix](path)


@pytest.mark.parametrize("ending", FORMATS)
def test_batches_become_one_table(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    with FrameWriter(path) as writer:
        writer.write(FRAME)
        writer.write(FRAME)
    assert read(path).equals(pl.concat([FRAME, FRAME]))
    assert list(tmp_path.iterdir()) == [path]


def write_and_fail(path: Path) -> None:
    with FrameWriter(path) as writer:
        writer.write(FRAME)
        writer.write(FRAME.select("nothing"))


@pytest.mark.parametrize("ending", FORMATS)
def test_a_failure_leaves_what_was_there(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    path.write_text("before")
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        write_and_fail(path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_another_ending_is_refused_with_those_allowed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv, \.parquet, \.jsonl or \.arrow"):
        FrameWriter(tmp_path / "out.txt")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        FrameWriter(tmp_path / "nowhere" / "out.csv")


def test_frames_are_read_with_their_bad_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n4,5\n")
    bad: list[BadLine] = []
    frames = Frames("t.csv", bad.append, base=tmp_path)
    assert frames.names == ("a", "b")
    assert [frame.rows() for frame in frames] == [[("1", "2"), ("4", "5")]]
    assert [line.line for line in bad] == [3]

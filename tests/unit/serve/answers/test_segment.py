import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.serve.answers.segment import Segment, read_segment, seal

SCHEMA = pa.schema([("id", pa.large_string()), ("value", pa.float64())])


def batch(first: int, rows: int) -> pa.RecordBatch:
    numbers = range(first, first + rows)
    return pa.RecordBatch.from_arrays(
        [pa.array(map(str, numbers), pa.large_string()), pa.array(map(float, numbers))],
        schema=SCHEMA,
    )


def written(path: Path) -> list[int]:
    """Sizes of the file after its schema and after each of its three batches."""
    segment = Segment(path, SCHEMA)
    sizes = [len(SCHEMA.serialize())]
    for first, rows in ((0, 3), (3, 1), (4, 5)):
        segment.write(batch(first, rows))
        sizes.append(segment.size)
    return sizes


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fraud" / "1" / "a.arrow"
    written(path)
    found = read_segment(path)
    assert found.torn_bytes == 0
    assert found.table is not None
    assert found.table["id"].to_pylist() == [str(i) for i in range(9)]


def test_a_tail_torn_at_any_byte_leaves_the_whole_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    sizes = written(path)
    content = path.read_bytes()
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        found = read_segment(path)
        whole = sum(length >= size for size in sizes[1:])
        rows = 0 if found.table is None else len(found.table)
        assert rows == (0, 3, 4, 9)[whole], length
        assert found.torn_bytes == length - (sizes[whole] if length >= sizes[0] else 0)


@given(st.integers(0, 2000), st.binary(max_size=300))
def test_whatever_follows_a_torn_tail_no_batch_is_made_up(
    tmp_path_factory: pytest.TempPathFactory, keep: int, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("torn") / "a.arrow"
    sizes = written(path)
    content = path.read_bytes()[: max(sizes[0], keep)]
    path.write_bytes(content + noise)
    found = read_segment(path)
    rows = [] if found.table is None else found.table["id"].to_pylist()
    whole = [str(i) for i in range((0, 3, 4, 9)[sum(len(content) >= size for size in sizes[1:])])]
    assert rows[: len(whole)] == whole


def test_sealing_cuts_the_torn_tail_and_can_be_done_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    sizes = written(path)
    with path.open("ab") as file:
        file.truncate(sizes[2] + 7)
    content = path.read_bytes()
    assert seal(path) == 7
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]
    assert len(pa.parquet.read_table(tmp_path / "a.parquet")) == 4
    # A process that died after the rename leaves both.
    path.write_bytes(content)
    seal(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]


def test_a_segment_of_nothing_whole_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(b"\x00" * 100)
    assert seal(path) == 100
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_taken_away_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    segment = Segment(path, SCHEMA)
    segment.write(batch(0, 1))
    os.unlink(path)
    with pytest.raises(FileNotFoundError):
        segment.write(batch(1, 1))

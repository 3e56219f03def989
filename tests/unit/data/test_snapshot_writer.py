"""A snapshot is there whole or not at all."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from keel.data.snapshot import SnapshotWriter
from keel.data.table import Column
from keel.errors import EnvironmentFailure
from keel.settings import Settings
from keel.spec.kinds import Kind

COLUMNS = (
    Column("n", Kind.NUMBER),
    Column("c", Kind.CATEGORY),
    Column("b", Kind.BOOLEAN),
    Column("t", Kind.TIME),
)

WRITE = """
import sys, polars as pl
from pathlib import Path
from keel.data.snapshot import SnapshotWriter
from keel.data.table import Column
from keel.settings import Settings
from keel.spec.kinds import Kind
writer = SnapshotWriter(Settings(Path(sys.argv[1]), "", "", ""), (Column("n", Kind.NUMBER),))
print("ready", flush=True)
for i in range(int(sys.argv[2])):
    writer.write(pl.DataFrame({"n": pl.int_range(i, i + 65_536, eager=True).cast(pl.Float64)}))
print(writer.finish().fingerprint, flush=True)
"""


def rows(count: int = 5) -> pl.DataFrame:
    i = pl.int_range(count, eager=True)
    return pl.DataFrame(
        {
            "n": i.cast(pl.Float64).set(i == 1, None),
            "c": i.cast(pl.String).set(i == 2, None),
            "b": (i % 2 == 0).set(i == 3, None),
            "t": (i * 10**9).cast(pl.Datetime("us")).set(i == 4, None),
        }
    )


def test_what_is_written_is_read_back(settings: Settings) -> None:
    writer = SnapshotWriter(settings, COLUMNS)
    writer.write(rows())
    table = writer.finish()
    assert table.read().equals(rows())
    assert table.path.name == f"{table.fingerprint}.arrow"


def test_some_columns_and_some_rows_are_read_alone(settings: Settings) -> None:
    size, count = 65_536, 8 * 65_536 + 10
    writer = SnapshotWriter(settings, COLUMNS)
    writer.write(rows(count))
    table = writer.finish()
    assert table.read(["t", "n"]).equals(rows(count).select("t", "n"))
    assert table.read_spread(count, count).equals(rows(count))
    assert table.read_spread(7, count).equals(rows(7))
    spread = table.read_spread(count, 4 * size)
    firsts = [2 * size * i for i in range(4)]
    assert spread.equals(pl.concat([rows(count)[first : first + size] for first in firsts]))
    before = table.read_spread(3 * size + 5, 2 * size)["n"]
    assert before.max() < 3 * size
    assert len(before) == 2 * size


def test_the_fingerprint_does_not_depend_on_batches(settings: Settings) -> None:
    whole, parts = SnapshotWriter(settings, COLUMNS), SnapshotWriter(settings, COLUMNS)
    frame = rows(150_000)
    whole.write(frame)
    for start in range(0, len(frame), 33_333):
        parts.write(frame.slice(start, 33_333))
    assert whole.finish() == parts.finish()


def test_content_tells_tables_apart(settings: Settings) -> None:
    def fingerprint(frame: pl.DataFrame, columns: tuple[Column, ...] = COLUMNS) -> str:
        writer = SnapshotWriter(settings, columns)
        writer.write(frame)
        return writer.finish().fingerprint

    renamed = (Column("m", Kind.NUMBER), *COLUMNS[1:])
    texts = (COLUMNS[0], Column("c", Kind.TEXT), *COLUMNS[2:])
    empty = rows().with_columns(pl.col("c").fill_null(""))
    zero = rows().with_columns(pl.col("n").fill_null(0.0))
    variants = [
        fingerprint(rows()),
        fingerprint(rows(6)),
        fingerprint(rows().rename({"n": "m"}), renamed),
        fingerprint(rows(), texts),
        fingerprint(empty),
        fingerprint(zero),
    ]
    assert len(set(variants)) == len(variants)
    split = pl.DataFrame({"c": ["ab", "c"]})
    other = pl.DataFrame({"c": ["a", "bc"]})
    assert fingerprint(split, (COLUMNS[1],)) != fingerprint(other, (COLUMNS[1],))


def test_equal_columns_share_a_digest(settings: Settings) -> None:
    writer = SnapshotWriter(settings, (Column("a", Kind.NUMBER), Column("b", Kind.NUMBER)))
    writer.write(pl.DataFrame({"a": [1.0, -0.0], "b": [1.0, 0.0]}))
    writer.finish()
    assert writer.digests["a"] == writer.digests["b"]


def test_discarding_leaves_nothing(settings: Settings) -> None:
    writer = SnapshotWriter(settings, COLUMNS)
    writer.write(rows(200_000))
    writer.discard()
    assert not any(settings.scratch.iterdir())
    assert not settings.tables.exists()


def test_a_process_killed_while_writing_leaves_no_table(settings: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(settings.home), "100000"], stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + 30
        while not (settings.scratch.exists() and any(settings.scratch.iterdir())):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert not settings.tables.exists()
    writer = SnapshotWriter(settings, COLUMNS)
    writer.write(rows())
    assert writer.finish().read().equals(rows())


def test_two_processes_at_once_end_with_one_whole_table(settings: Settings) -> None:
    command = [sys.executable, "-c", WRITE, str(settings.home), "20"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0].split() for process in processes]
    assert outputs[0] == outputs[1]
    files = list(settings.tables.iterdir())
    assert [file.stem for file in files] == [outputs[0][1]]
    assert pl.scan_ipc(files[0]).select(pl.len()).collect().item() == 20 * 65_536


def test_a_full_disk_is_the_environments_fault_and_leaves_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limit[1]))
    writer = SnapshotWriter(settings, COLUMNS)
    try:
        with pytest.raises(EnvironmentFailure, match="disk is full"):
            writer.write(rows(300_000))
    finally:
        writer.discard()
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert not any(settings.scratch.iterdir())
    assert not settings.tables.exists()
    assert tmp_path.exists()


def test_pieces_of_a_table_have_the_columns_that_are_asked_for(settings: Settings) -> None:
    writer = SnapshotWriter(settings, COLUMNS)
    writer.write(rows())
    table = writer.finish()
    assert pl.concat(table.slices()).equals(rows())
    assert pl.concat(table.slices(["c", "t"])).equals(rows().select("c", "t"))

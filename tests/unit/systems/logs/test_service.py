"""The logs system's table, simulated or one's own."""

from pathlib import Path

import pytest

from keel.data.sources.open import open_source
from keel.errors import TableError
from keel.spec.load import load_system
from keel.systems.logs.service import write, write_service
from keel.systems.logs.simulate import Size
from keel.systems.reference import find_reference
from keel.train.progress import silent

SIZE = Size(days=2, requests_per_minute=1.0, seed=1)


def test_a_log_and_its_incidents_are_written_the_same_each_time(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "again").mkdir()
    log, incidents = write_service(tmp_path, SIZE, told.append)
    assert "2 days with 1 incidents" in told[0]
    again = write_service(tmp_path / "again", SIZE, silent)
    assert [path.read_bytes() for path in again] == [log.read_bytes(), incidents.read_bytes()]


def test_the_declaration_reads_what_is_written_with_its_labels(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_service(tmp_path / "data", SIZE, silent)
    table = load_system(find_reference("logs").text()).table
    source = open_source(table.table, base=tmp_path, log=table.log)
    labels = [word for chunk in source.chunks(print) for word in chunk.frame["label"]]
    assert len(labels) == 2 * 288
    assert 4 <= labels.count("anomaly") <= 12
    assert set(labels) == {"normal", "anomaly"}


def test_a_log_of_ones_own_is_taken_without_known_incidents(tmp_path: Path) -> None:
    own = tmp_path / "own.log"
    own.write_text("2024-01-01 10:00:00 INFO all is well\n")
    (tmp_path / "into").mkdir()
    log, incidents = write(tmp_path / "into", own, silent)
    assert log.read_bytes() == own.read_bytes()
    assert incidents.read_text() == "start,end,what\n"
    with pytest.raises(TableError, match="there is no log at"):
        write(tmp_path / "into", tmp_path / "none.log", silent)

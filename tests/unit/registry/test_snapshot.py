from pathlib import Path

import pytest

from keel.errors import ArtifactError, TableError
from keel.registry.snapshot import find_snapshot, keep_snapshot


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "checked.arrow"
    file.write_bytes(b"ARROW1 rows")
    return file


def test_a_kept_table_is_found_again(tmp_path: Path, table: Path) -> None:
    snapshot = keep_snapshot(tmp_path / "tables", table, "f" * 64)
    table.unlink()
    found = find_snapshot(tmp_path / "tables", snapshot, "fraud@1")
    assert found == tmp_path / "tables" / f"{'f' * 64}.arrow"
    assert found.read_bytes() == b"ARROW1 rows"


def test_keeping_a_table_that_is_kept_already_changes_nothing(tmp_path: Path, table: Path) -> None:
    tables = tmp_path / "tables"
    snapshot = keep_snapshot(tables, table, "f")
    assert keep_snapshot(tables, tables / "f.arrow", "f") == snapshot
    assert [path.name for path in tables.iterdir()] == ["f.arrow"]


def test_a_table_that_is_gone_is_told_with_its_fingerprint(tmp_path: Path, table: Path) -> None:
    snapshot = keep_snapshot(tmp_path / "tables", table, "fingerprint7")
    (tmp_path / "tables" / "fingerprint7.arrow").unlink()
    with pytest.raises(TableError, match=r"fraud@1 .*does not exist.*keel run.*fingerprint7"):
        find_snapshot(tmp_path / "tables", snapshot, "fraud@1")


def test_a_table_that_was_changed_is_refused(tmp_path: Path, table: Path) -> None:
    snapshot = keep_snapshot(tmp_path / "tables", table, "f")
    (tmp_path / "tables" / "f.arrow").write_bytes(b"ARROW1 rowz")
    with pytest.raises(ArtifactError, match="is not the table that fraud@1 learned from"):
        find_snapshot(tmp_path / "tables", snapshot, "fraud@1")

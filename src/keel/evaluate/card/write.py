"""Writes the model card of a version: one HTML file that needs nothing else, and Markdown."""

import base64
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from keel.evaluate.card import markdown, pieces
from keel.evaluate.card.content import CardContent
from keel.evaluate.card.words import clean

MOST_BYTES = 400_000
SCALES = (1.0, 0.5, 0.2, 0.05)
_COMMON: dict[str, Any] = {
    "loader": PackageLoader("keel.evaluate.card"),
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
}


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
    page = _pages()
    script = _source(page, "card.js")
    digest = hashlib.sha256(script.encode()).digest()
    return page.get_template("card.html").render(
        card=content,
        limit=_limit(scale),
        style=pieces.trusted(_source(page, "card.css")),
        script=pieces.trusted(script),
        script_hash=base64.b64encode(digest).decode(),
    )


def render_markdown(content: CardContent, scale: float = 1.0) -> str:
    """The card as Markdown, every value escaped; `scale` multiplies the limits of its lists."""
    return _texts().get_template("card.md").render(card=content, limit=_limit(scale))


@cache
def _pages() -> Environment:
    environment = Environment(autoescape=True, finalize=pieces.shown, **_COMMON)
    environment.filters.update(pieces.FILTERS)
    environment.globals.update(pieces.FUNCTIONS)
    return environment


@cache
def _texts() -> Environment:
    environment = Environment(autoescape=False, finalize=markdown.shown, **_COMMON)
    environment.filters.update({**pieces.FILTERS, **markdown.FILTERS})
    environment.globals.update(pieces.FUNCTIONS)
    return environment


def _fitting(render: Callable[[CardContent, float], str], content: CardContent) -> str:
    for scale in SCALES:
        words = render(content, scale)
        if len(words.encode("utf-8", "replace")) < MOST_BYTES:
            break
    return words


def _limit(scale: float) -> Callable[[int], int]:
    return lambda most: max(1, int(most * scale))


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _replace(path: Path, words: str) -> None:
    """Written beside and moved over, so that a reader never sees half a card."""
    half = path.with_name(f".{path.name}.part")
    half.write_text(clean(words), encoding="utf-8", newline="\n")
    os.replace(half, path)

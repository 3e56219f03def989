"""What a reader sees of an HTML text, and what it holds beside text."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

MARKUP_LIMIT = 500_000
"""Characters read of one HTML text."""
_TAG_LIMIT = 4_000

_BLOCK = re.compile("p|br|div|t[dhr]|li|table|h[1-6r]|[uo]l|blockquote")
_UNSEEN = frozenset(("script", "style", "head", "title"))


@dataclass(frozen=True)
class Markup:
    """Visible text, and the targets of links in order."""

    text: str
    links: tuple[str, ...]
    images: int
    forms: int


def read_markup(html: str) -> Markup:
    """The visible text of `html`. Never raises; time is linear in the size of `html`."""
    reader = _Reader()
    reader.feed(_tame(_without_comments(html[:MARKUP_LIMIT])))
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.texts).splitlines())
    text = "\n".join(line for line in lines if line)
    return Markup(text, tuple(reader.links), reader.images, reader.forms)


def _tame(html: str) -> str:
    """The same with whole tags only. The parser takes time quadratic in the size of what it is
    given when tags never end, and a mail may be made to be slow."""
    first, *pieces = html.split("<")
    tamed = [first]
    for piece in pieces:
        end = piece.find(">", 0, _TAG_LIMIT)
        if end > 0 and (piece[0].isalpha() or piece[0] == "/"):
            tamed.append("<" + piece)
        elif end > 0 and piece[0] in "!?":
            tamed.append(piece[end + 1 :])
        else:
            tamed.append("&lt;" + piece)
    return "".join(tamed)


def _without_comments(html: str) -> str:
    kept: list[str] = []
    place = 0
    while (begin := html.find("<!--", place)) >= 0:
        kept.append(html[place:begin])
        end = html.find("-->", begin)
        if end < 0:
            return "".join(kept)
        place = end + len("-->")
    return "".join((*kept, html[place:]))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.links: list[str] = []
        self.images = 0
        self.forms = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "body":
            self._unseen = 0
        elif tag in ("a", "area") and values.get("href"):
            self.links.append(str(values["href"]))
        elif tag == "img":
            self.images += 1
            self.texts.append(f" {values.get('alt') or ''} ")
        elif tag == "form":
            self.forms += 1
        if _BLOCK.fullmatch(tag):
            self.texts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif _BLOCK.fullmatch(tag):
            self.texts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.texts.append(data)

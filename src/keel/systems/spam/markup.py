"""What a reader sees of an HTML text, and what it holds beside text."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

MARKUP_LIMIT = 300_000
"""Characters read of one HTML text: parsing broken markup can take time quadratic in its size."""

_BLOCK = re.compile("p|br|div|t[dhr]|li|table|h[1-6r]|[uo]l|blockquote")
_UNSEEN = frozenset(("script", "style", "head", "title"))
_TAG = re.compile(r"<[^>]{0,2000}>")


@dataclass(frozen=True)
class Markup:
    """Visible text, and the targets of links in order."""

    text: str
    links: tuple[str, ...]
    images: int
    forms: int


def read_markup(html: str) -> Markup:
    """The visible text of `html`. Never raises; markup that the parser refuses is cut out."""
    reader = _Reader()
    try:
        reader.feed(html[:MARKUP_LIMIT])
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        return Markup(_TAG.sub(" ", html[:MARKUP_LIMIT]), tuple(reader.links), reader.images, 0)
    lines = (" ".join(line.split()) for line in "".join(reader.texts).splitlines())
    text = "\n".join(line for line in lines if line)
    return Markup(text, tuple(reader.links), reader.images, reader.forms)


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

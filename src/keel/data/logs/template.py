"""A template: what lines of one kind have in common."""

from dataclasses import dataclass

from keel.data.logs.mask import WILDCARD

OTHER = 0
"""The number of the template for everything that came when there was no room for more."""


@dataclass(eq=False)
class Template:
    """words: None where lines differ. path: keys of the tree's nodes that lead to it, after the
    number of words. lines: how many were learned from."""

    number: int
    words: list[str | None]
    path: tuple[str, ...]
    lines: int = 0

    def __post_init__(self) -> None:
        self.wildcards = self.words.count(None)

    @property
    def text(self) -> str:
        """The words with spaces between."""
        return " ".join(WILDCARD if word is None else word for word in self.words)

    def widen(self, words: list[str]) -> bool:
        """Put a wildcard wherever `words`, of the same number, differ; whether there were any."""
        pairs = enumerate(zip(self.words, words, strict=True))
        places = [i for i, (mine, other) in pairs if mine is not None and mine != other]
        for i in places:
            self.words[i] = None
        self.wildcards += len(places)
        return bool(places)

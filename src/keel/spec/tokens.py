"""Words of the small grammars, each with its place so that an error can point at it."""

import re
from dataclasses import dataclass
from typing import Literal

_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<op>>=|<=|>|<|=|\(|\)|,)"
    r"|'(?P<quoted>[^']*)'|\"(?P<double>[^\"]*)\""
    r"|(?P<percent>%)"
    r"|(?P<word>[^\W\d][\w.\-/]*)"
)


@dataclass(frozen=True)
class Token:
    """One word: its kind, its text without quotes, and where it starts (0-based)."""

    kind: Literal["number", "op", "word", "name", "percent", "end"]
    text: str
    offset: int


class GrammarError(ValueError):
    """A text does not follow its grammar. The message ends with a caret under the place."""

    def __init__(self, text: str, offset: int, message: str) -> None:
        begin = text.rfind("\n", 0, offset) + 1
        line = text[begin:].split("\n", 1)[0]
        shown = f"    {line}\n    {' ' * (offset - begin)}^"
        super().__init__(f"{message} (position {offset + 1})\n{shown}")
        self.text = text
        self.offset = offset
        self.reason = message


class Tokens:
    """A cursor over the words of `text`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = _split(text)
        self._next = 0

    @property
    def peek(self) -> Token:
        """The next word, not taken."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """The next word; the last one is `end`, again and again."""
        token = self.peek
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def accept(self, *words: str) -> bool:
        """Take these words if they come next, all or none."""
        coming = self._tokens[self._next : self._next + len(words)]
        if [t.text for t in coming] != list(words) or any(t.kind == "name" for t in coming):
            return False
        self._next += len(words)
        return True

    def number(self, what: str) -> float:
        """The next word as a number; `90%` is 0.9."""
        token = self.take()
        if token.kind != "number":
            raise self.error(token, f"expected {what}, a number, but found {_shown(token)}")
        if self.peek.kind == "percent":
            self.take()
            return float(token.text) / 100
        return float(token.text)

    def name(self, what: str) -> str:
        """The next word or quoted text as a name."""
        token = self.take()
        if token.kind not in ("word", "name", "number"):
            raise self.error(token, f"expected {what} but found {_shown(token)}")
        return token.text

    def end(self) -> None:
        """Nothing may be left."""
        if self.peek.kind != "end":
            raise self.error(self.peek, f"did not expect {_shown(self.peek)} here")

    def error(self, token: Token, message: str) -> GrammarError:
        """An error that points at `token`."""
        return GrammarError(self.text, token.offset, message)


def _split(text: str) -> list[Token]:
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _PATTERN.match(text, offset)
        if match is None:
            raise GrammarError(text, offset, f"cannot read {text[offset]!r} here")
        kind = match.lastgroup
        if kind in ("quoted", "double"):
            tokens.append(Token("name", match[kind], offset))
        elif kind in ("number", "op", "word", "percent"):
            tokens.append(Token(kind, match[0], offset))  # type: ignore[arg-type]
        offset = match.end()
    return [*tokens, Token("end", "", len(text))]


def _shown(token: Token) -> str:
    return "the end" if token.kind == "end" else repr(token.text)

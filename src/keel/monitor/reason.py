"""One thing that is odd about a window of log lines."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["unseen", "count", "order", "number", "word"]


@dataclass(frozen=True)
class Reason:
    """template: of the lines it is about. words: what is odd, in a sentence. expected, seen: the
    same as values, where there are any. places: the lines of the window, from 0, a few of them.

    surprise: minus the decimal logarithm of about how often that happens; what ranks reasons.
    """

    kind: Kind
    template: str
    words: str
    surprise: float
    expected: str = ""
    seen: str = ""
    places: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Equal for reasons that may have one cause."""
        return (self.kind, self.template)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "kind": self.kind,
            "template": self.template,
            "words": self.words,
            "expected": self.expected,
            "seen": self.seen,
            "surprise": round(self.surprise, 2),
        }

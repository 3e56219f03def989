"""Tells which texts say the same, so that a split can keep them on one side."""

import hashlib
import re
from collections.abc import Iterable

_COMPARED = 2_000


def same_text(texts: Iterable[str], digits: bool = True) -> list[str]:
    """A mark per text, equal for texts that differ only in case, spaces and punctuation.

    digits: whether other numbers make another text; mails sent to many differ in them. A text
    without any letter or digit is like no other. Only the first 2,000 characters count.
    """
    return [_mark(text, number, digits) for number, text in enumerate(texts)]


def _mark(text: str, number: int, digits: bool) -> str:
    lowered = text.lower() if digits else re.sub(r"\d+", "0", text.lower())
    words = " ".join(re.findall(r"\w+", lowered))[:_COMPARED]
    return hashlib.sha256((words or f"#{number}").encode()).hexdigest()[:16]

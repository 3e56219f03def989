"""The nearest right spelling of a wrong word."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], *, most: int = 12) -> str:
    """A sentence that suggests the nearest of `known`, or lists them.

    >>> did_you_mean("trails", ["trials", "minutes"])
    "did you mean 'trials'?"
    """
    names = list(known)
    close = get_close_matches(word.lower(), [name.lower() for name in names], n=1, cutoff=0.6)
    if close:
        match = next(name for name in names if name.lower() == close[0])
        return f"did you mean {match!r}?"
    if not names:
        return "none is known here"
    shown = ", ".join(names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"allowed: {shown}{more}"

"""What a person can do about a column under suspicion, in words and in the declaration's terms."""

from collections.abc import Sequence


def ignore(columns: Sequence[str], unless: str = "") -> str:
    """The line that removes these columns; `unless` says when they may stay."""
    names = ", ".join(_quoted(name) for name in columns)
    line = f"train: {{ignore: [{names}]}}"
    return f"{line} unless {unless}" if unless else line


def _quoted(name: str) -> str:
    return name if name.replace("_", "a").isalnum() else f'"{name}"'

"""What every command prints with: results on stdout, everything else on stderr."""

import json
import sys
import time
from typing import Any

from rich.console import Console

from keel.errors import KeelError
from keel.spec.duration import show_figure

PIPED_WIDTH = 200
"""Characters in a line that no terminal shows: a table there must not be cut into pieces."""


class Piped(Exception):
    """Whoever read stdout has gone, as `head` does; raised because libraries would exit with 1,
    which here means no."""


class _Results(Console):
    def on_broken_pipe(self) -> None:
        raise Piped


def out() -> Console:
    """Where results go."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return _Results(highlight=False, soft_wrap=True, width=width)


def print_json(value: Any) -> None:
    """One object on stdout."""
    try:
        sys.stdout.write(json.dumps(value, indent=2, allow_nan=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise Piped from error


class Progress:
    """Tells on stderr what long work is doing, with the seconds since it began."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._began = time.monotonic()
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def __call__(self, line: str) -> None:
        if not self._quiet:
            seconds = time.monotonic() - self._began
            self._console.print(f"[dim]{seconds:6.1f} s[/]  ", end="")
            self._console.print(line, markup=False)


def print_error(error: KeelError) -> None:
    """An error as a person should see it."""
    Console(stderr=True, highlight=False, soft_wrap=True).print("[red bold]error:[/] ", end="")
    sys.stderr.write(f"{error}\n")


def interval(value: float | None, low: float | None, high: float | None, unit: str = "") -> str:
    """`0.71 [0.68, 0.74]`, or a dash for what does not exist."""
    if value is None or value != value:
        return "-"
    shown = show_figure(value, unit)
    if low is None or high is None or low != low:
        return shown
    return f"{shown} [{show_figure(low, unit)}, {show_figure(high, unit)}]"


def outcome(word: str) -> str:
    """A verdict with a mark, so that colour is not all that tells."""
    marks = {
        "kept": "[green]✓ kept[/]",
        "broken": "[red]✗ broken[/]",
        "undecided": "[yellow]~ undecided[/]",
        "pending": "[dim]… pending[/]",
    }
    return marks.get(word, word)

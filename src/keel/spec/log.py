"""How a log is read and cut into windows: `{session: 'blk_-?[0-9]+'}`, `{window: 5m}`."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from keel.spec.declared import Declared
from keel.spec.duration import Duration, format_duration, parse_duration

LOG, WINDOW, START = "log", "window", "start"
"""Columns of a log's table: the lines of a window, its name, and when it began."""

_NAMED = re.compile(r"\.log(?:[.-][0-9]+)*(?:\.(?:gz|bz2|zst))?$", re.IGNORECASE)
_LINES = re.compile(r"\s*([0-9]+)\s*lines?\s*")


def is_log(address: str) -> bool:
    """Whether a file is named like a log; rotated ones bear a number or a day."""
    return _NAMED.search(address) is not None


def parse_window(text: str) -> timedelta | int:
    """A length of time, or a number of lines.

    >>> parse_window("100 lines")
    100

    Raises ValueError saying what is allowed.
    """
    count = _LINES.fullmatch(text)
    if count is not None and int(count[1]) > 0:
        return int(count[1])
    try:
        length = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{error}, or a number of lines: 100 lines") from error
    if not length:
        raise ValueError("a window of no length holds nothing: write 5m or 100 lines")
    return length


def _read(value: object) -> object:
    if isinstance(value, str):
        return parse_window(value)
    if isinstance(value, int | float):
        raise ValueError(f"{value!r} has no unit: write {value}m or {value} lines")
    return value


def format_window(window: timedelta | int) -> str:
    """What `parse_window` reads back."""
    return f"{window} lines" if isinstance(window, int) else format_duration(window)


WindowText = Annotated[
    timedelta | int,
    BeforeValidator(_read),
    PlainSerializer(format_window),
    WithJsonSchema({"type": "string"}),
]


class LogSpec(Declared):
    """format: `auto`, the name of a known one, or a regular expression with a group `message` and
    any of time, level, component, process, host and others. times: strptime forms of its times.

    session: what lines of one case share, by the name of a group or key, or by a regular expression
    that finds it in the message. window: of time or lines, where no session is declared; 5m, or
    100 lines of a log without times. idle: a session that was silent for so long is over.

    label: a group or key that marks lines known to be anomalous; `-`, 0, false, none and normal
    mark none. labels: a CSV file of incidents with `start` and `end`, or of sessions with their
    labels, in its place. masks: regular expressions by what stands in their place, before those
    that are always used. similarity, depth, templates: of the tree, see the guide.
    """

    format: str = "auto"
    times: tuple[str, ...] = ()
    session: str | None = None
    window: WindowText | None = None
    idle: Duration = timedelta(hours=1)
    label: str | None = None
    labels: str | None = None
    masks: dict[str, str] = Field(default={})
    similarity: float = Field(default=0.7, ge=0, le=1)
    depth: int = Field(default=5, ge=3, le=20)
    templates: int = Field(default=10_000, ge=1, le=100_000)

    @model_validator(mode="after")
    def _is_labelled_once(self) -> Self:
        if self.label is not None and self.labels is not None:
            raise ValueError("`label` and `labels` both say which windows are anomalous: keep one")
        return self

    @property
    def unmarked(self) -> "LogSpec":
        """The same for a log of which it is not known what is anomalous."""
        return self.model_copy(update={"label": None, "labels": None})

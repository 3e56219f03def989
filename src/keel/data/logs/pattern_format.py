"""A line format told by a regular expression with named groups."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from keel.data.logs.line_format import HEAD
from keel.errors import DeclarationError


@dataclass(frozen=True)
class PatternFormat:
    """pattern: with a group `message`, and any of `HEAD` and others of a person's own."""

    name: str
    pattern: str
    times: tuple[str, ...] = ()

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Names of its groups."""
        empty = pl.Series([""], dtype=pl.String)
        return tuple(empty.str.extract_groups(self.pattern).struct.fields)

    def split(self, lines: pl.Series, fields: tuple[str, ...] = ()) -> pl.DataFrame:
        """See `LineFormat`. A group that took no part is null."""
        wanted = tuple(dict.fromkeys(("message", *HEAD, *fields)))
        found = lines.str.extract_groups(self.pattern).struct.unnest()
        absent = [
            pl.lit(None, pl.String).alias(name) for name in wanted if name not in found.columns
        ]
        return found.with_columns(absent).select(wanted)


def read_pattern(pattern: str, times: tuple[str, ...] = ()) -> PatternFormat:
    """The format that a person declares. Raises DeclarationError saying what is wrong."""
    made = PatternFormat("declared", pattern, times)
    try:
        groups = made.groups
    except pl.exceptions.ComputeError as error:
        reason = str(error).strip().splitlines()[-1]
        problem = (
            f"the format {pattern!r} is no regular expression that looks neither ahead nor behind: "
            f"{reason}"
        )
        raise DeclarationError([problem]) from error
    if "message" not in groups:
        named = ", ".join(group for group in groups if not group.isdigit()) or "none"
        problem = (
            f"the format {pattern!r} has no group `message`, its groups are: {named}; "
            "write (?P<message>.*) for the message and (?P<time>...) for the time"
        )
        raise DeclarationError([problem])
    return made

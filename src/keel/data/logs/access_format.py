"""The access logs of web servers."""

import polars as pl

from keel.data.logs.line_format import HEAD
from keel.data.logs.pattern_format import PatternFormat

_PATTERN = (
    r"^(?P<host>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "
    r"\"(?P<method>[A-Z]+) (?P<path>\S*)(?: (?P<protocol>[^\"]*))?\" "
    r"(?P<status>[0-9]{3}) (?P<size>[0-9]+|-)(?P<rest>.*)$"
)


class AccessFormat:
    """The common and the combined format of Apache and nginx.

    The message is made of method, path, status and size: `GET /a/b http200 size=512`. The status
    is a word, so that two of them make two templates, and the level follows from it.
    """

    name = "access"
    times = ("%d/%b/%Y:%H:%M:%S %z",)

    def split(self, lines: pl.Series, fields: tuple[str, ...] = ()) -> pl.DataFrame:
        """See `LineFormat`; method, path, status, size and rest may be asked for as fields."""
        own = ("method", "path", "status", "size", "rest")
        found = PatternFormat(self.name, _PATTERN).split(lines, tuple({*own, *fields}))
        status = pl.col("status")
        level = (
            pl.when(status >= "500")
            .then(pl.lit("ERROR"))
            .when(status >= "400")
            .then(pl.lit("WARN"))
            .when(status.is_not_null())
            .then(pl.lit("INFO"))
        )
        # The query of a path says which case it is, not what kind of case.
        path = pl.col("path").str.replace(r"\?.*$", "")
        message = pl.format("{} {} http{} size={}", "method", path, "status", "size")
        wanted = tuple(dict.fromkeys(("message", *HEAD, *fields)))
        return found.with_columns(message=message, level=level).select(wanted)

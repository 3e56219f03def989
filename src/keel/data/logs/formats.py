"""The line formats that are known, and which of them a log is written in."""

import polars as pl

from keel.data.logs.access_format import AccessFormat
from keel.data.logs.json_format import JsonFormat
from keel.data.logs.line_format import LineFormat
from keel.data.logs.pattern_format import PatternFormat

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO = rf"{_DAY}[T ]{_CLOCK}(?:[.,][0-9]+)?{_ZONE}?"
_ISO_TIMES = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f%#z")
_SYSLOG_TIME = rf"[A-Z][a-z]{{2}} [ 0-9][0-9] {_CLOCK}"
_SYSLOG = (
    r"(?P<host>[0-9A-Za-z_.:-]+) "
    r"(?P<component>[^\s:\[\]]+)(?:\[(?P<process>[^\]]*)\])?: ?(?P<message>.*)$"
)
_LEVEL = (
    "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|Trace|Debug|Info|Notice|Warn"
    "|Warning|Error|Severe|Critical|Fatal|trace|debug|info|notice|warn|warning|error|critical|fatal"
)
_NAME = r"[0-9A-Za-z_.$/-]+"

PLAIN = PatternFormat("plain", r"^(?P<message>.*)$")
"""A line is its message, whatever it holds."""

FORMATS: tuple[LineFormat, ...] = (
    JsonFormat(),
    AccessFormat(),
    PatternFormat(
        "kubernetes",
        r"^(?P<level>[IWEF])(?P<time>[0-9]{4} [0-9:]{8}\.[0-9]+)\s+"
        r"(?P<process>[0-9]+) (?P<component>[^\s\]]+)\] ?(?P<message>.*)$",
        ("%m%d %H:%M:%S%.f",),
    ),
    PatternFormat(
        "container",
        rf"^(?P<time>{_ISO}) (?P<component>stdout|stderr) [FP] (?P<message>.*)$",
        _ISO_TIMES,
    ),
    PatternFormat(
        "syslog 5424",
        r"^<[0-9]{1,3}>[0-9] (?P<time>\S+) (?P<host>\S+) (?P<component>\S+) (?P<process>\S+) \S+ "
        r"(?:-|(?:\[[^\]]*\])+) ?(?P<message>.*)$",
        _ISO_TIMES,
    ),
    PatternFormat(
        "syslog",
        rf"^(?:<[0-9]{{1,3}}>)?(?P<time>{_SYSLOG_TIME}) {_SYSLOG}",
        ("%b %d %H:%M:%S",),
    ),
    PatternFormat(
        "apache error",
        r"^\[(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9 ]+[0-9:.]+ [0-9]{4})\] "
        r"\[(?:(?P<component>[a-z0-9_]+):)?(?P<level>[a-z0-9]+)\] "
        r"(?:\[pid (?P<process>[0-9]+)[^\]]*\] )?(?:\[client [^\]]*\] )?(?P<message>.*)$",
        ("%a %b %d %H:%M:%S%.f %Y",),
    ),
    PatternFormat(
        "nginx error",
        r"^(?P<time>[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8}) \[(?P<level>[a-z]+)\] "
        r"(?P<process>[0-9]+)#[0-9]+: (?:\*[0-9]+ )?(?P<message>.*)$",
        ("%Y/%m/%d %H:%M:%S",),
    ),
    PatternFormat(
        "hdfs",
        r"^(?P<time>[0-9]{6} [0-9]{6}) (?P<process>[0-9]+) (?P<level>[A-Z]+) "
        r"(?P<component>[^\s:]+): (?P<message>.*)$",
        ("%y%m%d %H%M%S",),
    ),
    PatternFormat(
        "android",
        r"^(?P<time>[0-9]{2}-[0-9]{2} [0-9:.]{12})\s+(?P<process>[0-9]+)\s+[0-9]+ "
        r"(?P<level>[VDIWEF]) (?P<component>[^:]*?)\s*: (?P<message>.*)$",
        ("%m-%d %H:%M:%S%.f",),
    ),
    PatternFormat(
        "spark",
        r"^(?P<time>[0-9]{2}/[0-9]{2}/[0-9]{2} [0-9:]{8}(?:[.,][0-9]+)?) "
        rf"(?P<level>{_LEVEL}) (?P<component>[^\s:]+): (?P<message>.*)$",
        ("%y/%m/%d %H:%M:%S%.f",),
    ),
    PatternFormat(
        "python",
        rf"^(?P<time>{_ISO}) - (?P<component>{_NAME}) - (?P<level>{_LEVEL}) - (?P<message>.*)$",
        _ISO_TIMES,
    ),
    PatternFormat(
        "spring",
        rf"^(?P<time>{_ISO}) +(?P<level>{_LEVEL}) (?P<process>[0-9]+) --- \[[^\]]*\] "
        rf"(?:\[[^\]]*\] )?(?P<component>{_NAME}) *: (?P<message>.*)$",
        _ISO_TIMES,
    ),
    PatternFormat(
        "logfmt",
        rf"^(?:.* )?(?:time|ts)=\"?(?P<time>{_ISO})\"? (?:level|lvl)=(?P<level>[a-z]+) "
        r"(?P<message>.*)$",
        _ISO_TIMES,
    ),
    PatternFormat(
        "time, level",
        rf"^\[?(?P<time>{_ISO})\]?[\s|:-]*\[?(?P<level>{_LEVEL})\]?[\s|:-]+"
        r"(?:\[(?P<process>[^\]]*)\][\s|:-]+)?"
        r"(?:(?P<component>[0-9A-Za-z_.$]+):\s+)?(?P<message>.*)$",
        _ISO_TIMES,
    ),
    PatternFormat(
        "syslog, iso time",
        rf"^(?:<[0-9]{{1,3}}>)?(?P<time>{_DAY}T{_CLOCK}(?:\.[0-9]+)?{_ZONE}) {_SYSLOG}",
        _ISO_TIMES,
    ),
    PatternFormat(
        "time",
        rf"^\[?(?P<time>{_ISO})\]?[\s|:,-]*(?P<message>.*)$",
        _ISO_TIMES,
    ),
    PatternFormat(
        "level",
        rf"^\[?(?P<level>{_LEVEL})\]?(?::(?P<component>{_NAME}))?:\s*(?P<message>.*)$",
    ),
    PLAIN,
)
"""From the special to the general."""

SAMPLE = 1_000
MIN_SHARE = 0.1
"""Of the sample's lines: stack traces may be most of a log."""

_AS_GOOD = 0.95
"""The more special format wins with this share of the lines that the more general one fits."""


def detect_format(sample: pl.Series) -> tuple[LineFormat, float]:
    """The format of a log by some of its lines, and the share of them that it fits.

    Raises nothing: a log of no known format is plain.
    """
    lines = sample.filter(sample.str.contains(r"\S")).head(SAMPLE)
    if lines.is_empty():
        return PLAIN, 1.0
    shares = [_share(form, lines) for form in FORMATS[:-1]]
    best = max(shares)
    if best < MIN_SHARE:
        return PLAIN, 1.0
    place = next(i for i, share in enumerate(shares) if share >= _AS_GOOD * best)
    return FORMATS[place], shares[place]


def _share(form: LineFormat, lines: pl.Series) -> float:
    return 1 - form.split(lines)["message"].null_count() / len(lines)

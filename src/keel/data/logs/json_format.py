"""Log lines that are JSON objects."""

from typing import Any

import msgspec
import polars as pl

from keel.data.logs.line_format import HEAD

_MESSAGE = ("message", "msg", "log", "event", "text", "body", "MESSAGE")
_KEYS = {
    "time": ("time", "timestamp", "@timestamp", "ts", "t", "datetime", "date", "asctime"),
    "level": ("level", "severity", "lvl", "levelname", "log.level", "loglevel"),
    "component": ("logger", "component", "logger_name", "name", "module", "service", "app"),
    "process": ("pid", "process", "thread", "thread_name"),
    "host": ("host", "hostname", "node"),
}
_LONGEST_VALUE = 200


class JsonFormat:
    """An object per line; the usual names of message, time and level are known.

    An object without a message is one: its keys and values, but for those that belong to the
    head, in the order in which they are written.
    """

    name = "json"
    times: tuple[str, ...] = ()

    def split(self, lines: pl.Series, fields: tuple[str, ...] = ()) -> pl.DataFrame:
        """See `LineFormat`."""
        decode = msgspec.json.Decoder().decode
        names = tuple(dict.fromkeys(("message", *HEAD, *fields)))
        columns: dict[str, list[str | None]] = {name: [] for name in names}
        for line in lines.fill_null("").to_list():
            try:
                row = decode(line) if line.lstrip().startswith("{") else None
            except msgspec.DecodeError:
                row = None
            read = _read(row) if isinstance(row, dict) else {}
            for name in names:
                value = read.get(name)
                if value is None and isinstance(row, dict):
                    value = _text(row.get(name))
                columns[name].append(value)
        return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _read(row: dict[str, Any]) -> dict[str, str | None]:
    read: dict[str, str | None] = {}
    used = set()
    for part, keys in _KEYS.items():
        key = next((key for key in keys if key in row), None)
        if key is not None:
            used.add(key)
            read[part] = _text(row[key])
    key = next((key for key in _MESSAGE if isinstance(row.get(key), str)), None)
    if key is not None:
        read["message"] = row[key].rstrip("\n")
    else:
        rest = (f"{key}={_text(value)}" for key, value in row.items() if key not in used)
        read["message"] = " ".join(rest)
    return read


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()[:_LONGEST_VALUE]

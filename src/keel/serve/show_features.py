"""The features of an entity, as they would be asked of a version now."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from keel.clock import Clock, system_clock
from keel.errors import RequestError
from keel.serve.rows import frame_of
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.spec.nearest import did_you_mean

TIME = "time"


class Features(msgspec.Struct, frozen=True):
    """The features that a version would see, times in ISO 8601 and UTC. time: as of when. row: what
    was asked with."""

    system: str
    version: int
    time: datetime
    row: dict[str, str]
    features: dict[str, float | bool | str | None]


def show_features(
    runtime: Runtime, system: str, asked: Mapping[str, str], clock: Clock = system_clock
) -> bytes:
    """The features for what `asked` names: entities by their names, other columns of a row by
    theirs, and `time`, or the time of its table by its name, which is now unless it is given.

    Raises NotFound, NotReady, and RequestError for names that are not known.
    """
    served = runtime.serving(system)
    row, time = _row(served, asked, clock())
    if served.prepare is None:
        raise RequestError(f"{served} takes its rows as they are: it has no features of its own")
    timed: dict[str, str | int] = {**row}
    tables = served.signature.tables
    if tables and tables[0].time is not None:
        timed[tables[0].time] = round(time.timestamp() * 1e6)
    columns = served.prepare(frame_of([timed], served.signature).frame).columns
    values = {column.name: _value(column[0]) for column in columns}
    return msgspec.json.encode(Features(system, served.number, time, row, values))


def _row(
    served: Served, asked: Mapping[str, str], now: datetime
) -> tuple[dict[str, str], datetime]:
    signature = served.signature
    events = signature.tables[0] if signature.tables else None
    entities = {} if events is None else dict(events.entities)
    inputs = {column.name for column in signature.inputs}
    time = now.astimezone(UTC)
    row: dict[str, str] = {}
    problems = []
    for name, value in asked.items():
        if (name == TIME and TIME not in inputs) or (events is not None and name == events.time):
            time = _time(name, value)
        elif name in entities or name in inputs:
            row[entities.get(name, name)] = value
        else:
            near = did_you_mean(name, [*entities, TIME, *inputs])
            problems.append(f"{name!r} is not known: {near}")
    if problems:
        raise RequestError("\n".join(problems))
    return row, time


def _time(name: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestError(f"{name} is {text!r}; write it as 2026-02-09T12:00:00Z") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _value(value: object) -> float | bool | str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, float | bool) or value is None else str(value)

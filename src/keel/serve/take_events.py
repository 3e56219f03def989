"""Takes in what users did, from the bytes of a request to the bytes of its answer."""

from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from keel.clock import Clock, system_clock
from keel.errors import RequestError
from keel.serve.new_events import Happened
from keel.serve.read_json import read_json
from keel.serve.rows import MOST_PROBLEMS, describe
from keel.serve.runtime import Runtime
from keel.spec.kinds import TaskName
from keel.spec.nearest import did_you_mean

_KEYS = ("user", "item", "value", "time")


class EventRow(msgspec.Struct, frozen=True):
    """user, item: texts or numbers. value: how much, such as a rating. time: when, in ISO 8601,
    UTC unless it says otherwise; now unless it is said."""

    user: str | int
    item: str | int
    value: float | None = None
    time: datetime | None = None


class EventsRequest(msgspec.Struct, frozen=True):
    """Events to record, all or none."""

    rows: list[EventRow]


class EventsAnswer(msgspec.Struct, frozen=True):
    """How many events were recorded. unknown: how many of their items the version does not know;
    the next one learns them if its tables hold them."""

    system: str
    recorded: int
    unknown: int


def take_events(runtime: Runtime, system: str, body: bytes, clock: Clock = system_clock) -> bytes:
    """Record the events of `body`: the next answer to their users knows of them.

    Raises NotFound, NotReady, and RequestError with all that is wrong; then nothing is recorded.
    """
    served = runtime.serving(system)
    if served.signature.task is not TaskName.RECOMMEND:
        raise RequestError(
            f"{system} is asked to {served.signature.task}: only systems that recommend take events"
        )
    given: Any = read_json(body, cast("type[Any]", Any))
    rows = given["rows"] if isinstance(given, dict) and "rows" in given else [given]
    if not isinstance(rows, list):
        raise RequestError(f"'rows' is {describe(rows)}; allowed is a list of objects")
    problems: list[str] = []
    events = [_read(row, number, clock, problems) for number, row in enumerate(rows)]
    if problems:
        more = len(problems) - MOST_PROBLEMS
        raise RequestError("\n".join(problems[:MOST_PROBLEMS] + [f"and {more} more"] * (more > 0)))
    known = [event for event in events if event is not None]
    unknown = runtime.record(served, known)
    return msgspec.json.encode(EventsAnswer(system, len(known), unknown))


def _read(row: Any, number: int, clock: Clock, problems: list[str]) -> Happened | None:
    if not isinstance(row, dict):
        problems.append(f"event {number} is {describe(row)}; allowed is an object")
        return None
    problems += [
        f"event {number}: {name!r} is not known: {did_you_mean(name, _KEYS)}"
        for name in row
        if name not in _KEYS
    ]
    try:
        read = msgspec.convert(row, EventRow)
    except msgspec.ValidationError as error:
        problems.append(
            f"event {number}: {error}; an event needs a user and an item, and may have a value "
            "(a number) and a time (ISO 8601)"
        )
        return None
    at = clock() if read.time is None else read.time
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return Happened(str(read.user).strip(), str(read.item).strip(), at, read.value)

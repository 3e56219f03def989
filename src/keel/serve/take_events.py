"""Takes in what users did, from the bytes of a request to the bytes of its answer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from keel.clock import Clock, system_clock
from keel.errors import RequestError
from keel.serve.feeds import Feeds
from keel.serve.labels import record_labels
from keel.serve.new_events import Happened, record_events
from keel.serve.predict_request import Value
from keel.serve.read_json import read_json
from keel.serve.read_label import LabelReader
from keel.serve.refused_events import RefusedRow, without_private
from keel.serve.rows import MOST_PROBLEMS, describe
from keel.serve.runtime import Runtime
from keel.serve.served import Served
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


class TableRows(msgspec.Struct, frozen=True):
    """Events of a system whose features are taken from them: rows of a declared `table`, the first
    unless it is named. A row of a known key changes what it names of its event, so that a label can
    come later."""

    rows: list[dict[str, Value]]
    table: str | None = None


class Quarantined(msgspec.Struct, frozen=True):
    """A row that is no event, by its number, and why; the others were recorded."""

    row: int
    reason: str


class EventsAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many events were recorded, and will be there whatever happens. unknown: how many of their
    items a version that recommends does not know; the next one learns them if its tables hold them.
    changed: how many were known and are something else now; repeated: how many were there already.
    quarantined_in: the file, from the home of Keel, that keeps such rows with their reasons.
    ignored: columns that the table does not have. unread: of each column how many values of events
    were not of its kind, and count as missing."""

    system: str
    recorded: int
    unknown: int | msgspec.UnsetType = msgspec.UNSET
    changed: int | msgspec.UnsetType = msgspec.UNSET
    repeated: int | msgspec.UnsetType = msgspec.UNSET
    quarantined: list[Quarantined] | msgspec.UnsetType = msgspec.UNSET
    quarantined_in: str | msgspec.UnsetType = msgspec.UNSET
    ignored: list[str] | msgspec.UnsetType = msgspec.UNSET
    unread: dict[str, int] | msgspec.UnsetType = msgspec.UNSET


def take_events(runtime: Runtime, system: str, body: bytes, clock: Clock = system_clock) -> bytes:
    """Record the events of `body`: the next answer about their users or entities knows of them.

    Raises NotFound, NotReady, and RequestError with all that is wrong; then nothing is recorded.
    """
    served = runtime.serving(system)
    given: Any = read_json(body, cast("type[Any]", Any))
    rows = given["rows"] if isinstance(given, dict) and "rows" in given else [given]
    if not isinstance(rows, list):
        raise RequestError(f"'rows' is {describe(rows)}; allowed is a list of objects")
    if served.feeds is not None:
        table = given.get("table") if isinstance(given, dict) and "rows" in given else None
        answer = _feed(runtime, served, served.feeds, table, rows, clock)
        odd = {one.row for one in answer.quarantined or ()}
        taken = [row for number, row in enumerate(rows) if number not in odd]
        _keep_labels(runtime, served, table, taken, clock)
        return msgspec.json.encode(answer)
    if served.signature.task is not TaskName.RECOMMEND:
        raise RequestError(
            f"{system} takes no events: it does not recommend, and none of its features is taken "
            "from events"
        )
    problems: list[str] = []
    events = [_read(row, number, clock, problems) for number, row in enumerate(rows)]
    if problems:
        more = len(problems) - MOST_PROBLEMS
        raise RequestError("\n".join(problems[:MOST_PROBLEMS] + [f"and {more} more"] * (more > 0)))
    known = [event for event in events if event is not None]
    record_events(runtime.engine, system, known)
    unknown = served.predictor.unknown(event.item for event in known)
    return msgspec.json.encode(EventsAnswer(system, len(known), unknown))


def _feed(
    runtime: Runtime, served: Served, feeds: Feeds, table: object, rows: list[Any], clock: Clock
) -> EventsAnswer:
    if table is not None and not isinstance(table, str):
        raise RequestError(f"'table' is {describe(table)}; allowed is the name of a table")
    odd = [number for number, row in enumerate(rows) if not isinstance(row, dict)]
    if odd:
        raise RequestError(f"event {odd[0]} is {describe(rows[odd[0]])}; allowed is an object")
    now = clock()
    taken = feeds.take(table, rows, now)
    kept = None
    if taken.refused and runtime.refused is not None:
        refused = [RefusedRow(now, table, one.reason, rows[one.row]) for one in taken.refused]
        kept = runtime.refused.keep(served.system, _shown(served, refused))
    return EventsAnswer(
        served.system,
        taken.new + taken.changed,
        changed=taken.changed,
        repeated=taken.repeated,
        quarantined=[Quarantined(r.row, r.reason) for r in taken.refused] or msgspec.UNSET,
        quarantined_in=kept or msgspec.UNSET,
        ignored=list(taken.ignored) or msgspec.UNSET,
        unread=dict(taken.unread) or msgspec.UNSET,
    )


def _shown(served: Served, refused: Sequence[RefusedRow]) -> Sequence[RefusedRow]:
    private = cast("dict[str, str]", served.record.declaration.get("private") or {})
    if not private:
        return refused
    known = {column[0] for table in served.signature.tables for column in table.columns}
    return [without_private(row, private, known) for row in refused]


def _keep_labels(
    runtime: Runtime, served: Served, table: object, rows: list[Any], clock: Clock
) -> None:
    """A label that comes as a column of its event judges answers, too. Done last: who heard of no
    success sends the events again."""
    reader = LabelReader(served.signature, served.record.declaration)
    if table not in (None, reader.table):
        return
    found = [label for row in rows if (label := reader.of_event(row)) is not None]
    if found:
        record_labels(runtime.engine, served.system, found, clock())


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

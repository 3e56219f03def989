"""Takes in what turned out to be true, from the bytes of a request to the bytes of its answer."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from sqlalchemy.engine import Engine

from keel.clock import Clock, system_clock
from keel.errors import RequestError
from keel.serve.labels import Label, Recorded, record_labels
from keel.serve.predict_request import Value
from keel.serve.read_json import read_json
from keel.serve.read_label import LabelReader
from keel.serve.rows import MOST_PROBLEMS, describe
from keel.serve.runtime import Runtime


class LabelsRequest(msgspec.Struct, frozen=True):
    """labels: each an object with the `label`, what it is of (the declared key of an event, or the
    `request_id` of an answer, with its `row` where it had many), and when it came true, `at`, if
    that is known. A bare object is one label."""

    labels: list[dict[str, Value]]


class LabelsAnswer(msgspec.Struct, frozen=True):
    """How many labels were kept: of what had none, and in place of another one; repeated: how many
    were there already."""

    system: str
    recorded: int
    changed: int
    repeated: int


def take_labels(runtime: Runtime, system: str, body: bytes, clock: Clock = system_clock) -> bytes:
    """Record the labels of `body`, all or none; the last one of a key is true.

    Raises NotFound, NotReady, and RequestError with all that is wrong.
    """
    served = runtime.serving(system)
    given: Any = read_json(body, cast("type[Any]", Any))
    rows = given["labels"] if isinstance(given, dict) and "labels" in given else [given]
    if not isinstance(rows, list):
        raise RequestError(f"'labels' is {describe(rows)}; allowed is a list of objects")
    reader = LabelReader(served.signature, served.record.declaration)
    done = keep_labels(runtime.engine, system, reader, rows, clock)
    return msgspec.json.encode(LabelsAnswer(system, done.new, done.changed, done.repeated))


def keep_labels(
    engine: Engine, system: str, reader: LabelReader, rows: Sequence[Any], clock: Clock
) -> Recorded:
    """Record the labels that rows say. Raises RequestError with all that is wrong; then none is
    recorded."""
    found: list[Label] = []
    problems: list[str] = []
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            problems.append(f"label {number} is {describe(row)}; allowed is an object")
            continue
        try:
            found.append(reader.read(row))
        except ValueError as error:
            problems.append(f"label {number}: {error}")
    if problems:
        more = len(problems) - MOST_PROBLEMS
        raise RequestError("\n".join(problems[:MOST_PROBLEMS] + [f"and {more} more"] * (more > 0)))
    return record_labels(engine, system, found, clock())

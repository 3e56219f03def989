"""The labels of a table, recorded."""

from contextlib import suppress
from pathlib import Path

from keel.clock import Clock, system_clock
from keel.data.stream import Frames
from keel.errors import TableError
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import find
from keel.serve.labels import Recorded
from keel.serve.read_label import LabelReader
from keel.serve.take_labels import keep_labels
from keel.spec.kinds import TaskName
from keel.store import open_store
from keel.train.export.exported import SIGNATURE
from keel.train.export.signature import read_signature


def label_table(reference: str, place: str, clock: Clock = system_clock) -> Recorded:
    """Record the labels that the rows of a table say, all or none.

    reference: the system, or the version whose classes they are. Columns with another name than
    those of a label are an error; rows without a label are passed over. Raises NotFound,
    TableError, RequestError with all that is wrong.
    """
    store = open_store()
    version = find(store.engine, reference)
    folder = read_artifact(store.blobs, version.digest)
    signature = read_signature((folder / SIGNATURE).read_bytes())
    reader = LabelReader(signature, read_version_record(folder).declaration)
    bad: list[object] = []
    numbers = {"row": int, "label": float} if signature.task is TaskName.REGRESS else {"row": int}
    rows = [
        {
            name: _number(value, numbers.get(name))
            for name, value in row.items()
            if value not in (None, "")
        }
        for frame in Frames(place, bad.append, base=Path())
        for row in frame.iter_rows(named=True)
    ]
    if bad:
        raise TableError(f"{len(bad)} rows of {place} cannot be read: repair them and try again")
    labelled = [row for row in rows if "label" in row]
    return keep_labels(store.engine, version.system, reader, labelled, clock)


def _number(value: object, kind: type[int] | type[float] | None) -> object:
    """A table may write numbers as texts."""
    if kind is None or not isinstance(value, str):
        return value
    with suppress(ValueError):
        return kind(value)
    return value

"""What goes into a version, what comes out, and what happens to values it was not made for."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from keel.data.table import Column
from keel.errors import ArtifactError
from keel.spec.kinds import Kind, TaskName
from keel.spec.time_form import TimeForm

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DATATYPES = {
    Kind.NUMBER: "FP32",
    Kind.CATEGORY: "BYTES",
    Kind.BOOLEAN: "BOOL",
    Kind.TIME: "INT64",
    Kind.TEXT: "BYTES",
    Kind.SEQUENCE: "BYTES",
}
"""Open Inference Protocol datatypes. A time is in microseconds since 1970 in UTC."""


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a request: its name and kind, and in words what happens to a value that is
    missing, was never seen, or is of another type. form: how a time is written as a text, None
    where that is no question or ISO. optional: whether it may be left out of a row."""

    name: str
    kind: Kind
    datatype: str
    missing: str
    unseen: str
    wrong_type: str
    form: TimeForm | None = None
    optional: bool = False


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column computed from a request's row before the graph."""

    name: str
    expression: str


class GraphColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column as the graph takes it: its input tensors, and the file of its codec if it has one,
    which turns a text into ids, weights and statistics."""

    name: str
    kind: Kind
    tensors: tuple[str, ...]
    codec: str | None = None
    form: TimeForm | None = None


class DeclaredTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table that features are taken from: see `EventTable`. columns: names, kinds, and how times
    are written."""

    name: str
    columns: tuple[tuple[str, Kind, TimeForm | None], ...]
    key: str | None = None
    time: str | None = None
    arrived: str | None = None
    delay_us: int = 0
    late: dict[str, int] = {}
    entities: dict[str, str] = {}
    of: str | None = None
    positive: dict[str, str] = {}


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tensor of the answer. shape: -1 is the number of rows."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    meaning: str


class Cut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this probability of the positive class, or this anomaly score on, `action` is taken (""
    when actions have no names). rule: what was declared; reason: how the number came of it."""

    threshold: float
    action: str
    rule: str
    reason: str


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a version that recommends must know beside its graph. scores: `rank` or `rating`. most:
    how many items an answer can have. user, item: what the declaration calls them. columns: what is
    known of items; title: the one that says what an item is called. liked: from which value on an
    event is liked. segment, levels: columns by which users are told apart, and
    their values for each code from 1 on."""

    scores: str
    most: int
    user: str
    item: str
    columns: tuple[tuple[str, Kind], ...] = ()
    title: str | None = None
    liked: float | None = None
    segment: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a caller must know.

    inputs: what a request carries. features: computed from it, by name. columns: what the graph
    takes, in order. cuts: in rising order, for two classes. flagged: number of the cut from which
    on the positive class is predicted. otherwise: the action below all cuts. missing: texts that
    stand for nothing, beside the usual ones. held: how many numbers the graph's widest inner tensor
    holds for each row. files: what answers beside the graph. listing: for recommend.
    tables: what figures of entities are taken from, the first one first.
    """

    task: TaskName
    inputs: tuple[Input, ...]
    columns: tuple[GraphColumn, ...]
    outputs: tuple[Output, ...]
    features: tuple[Feature, ...] = ()
    classes: tuple[str, ...] = ()
    positive: str | None = None
    cuts: tuple[Cut, ...] = ()
    flagged: int = 0
    otherwise: str = ""
    missing: tuple[str, ...] = ()
    held: int = 1
    files: tuple[str, ...] = ()
    listing: Listing | None = None
    tables: tuple[DeclaredTable, ...] = ()
    extra: str = "columns that are not named here are ignored"

    @property
    def request_columns(self) -> tuple[Column, ...]:
        """What a request carries as columns of a table."""
        return tuple(Column(column.name, column.kind, column.form) for column in self.inputs)

    @property
    def table_columns(self) -> tuple[Column, ...]:
        """The graph's columns as those of a table."""
        return tuple(Column(column.name, column.kind, column.form) for column in self.columns)

    @property
    def scored(self) -> tuple[str, ...]:
        """The classes that have a score each: of an anomaly score the positive one alone."""
        return self.classes[-self.outputs[0].shape[-1] :]

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions in rising order of suspicion; empty when they have none."""
        if not any(cut.action for cut in self.cuts):
            return ()
        return (self.otherwise, *(cut.action for cut in self.cuts))

    def act(self, output: Floats) -> Integers | None:
        """[n] numbers of `actions` for [n, 2] probabilities or [n] anomaly scores; None when they
        have no names."""
        if not self.actions:
            return None
        thresholds = np.array([cut.threshold for cut in self.cuts], dtype=np.float32)
        positive = (output if output.ndim == 1 else output[:, 1]).astype(np.float32)
        return np.searchsorted(thresholds, positive, side="right").astype(np.int64)

    def to_json(self) -> bytes:
        """The same bytes for the same signature."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


def read_signature(data: bytes) -> Signature:
    """The signature that `to_json` wrote. Raises ArtifactError saying where it is wrong."""
    try:
        return msgspec.json.decode(data, type=Signature)
    except (msgspec.DecodeError, msgspec.ValidationError) as cause:
        raise ArtifactError(
            f"signature.json cannot be read: {cause}; take the version from the registry again"
        ) from cause


def describe_input(column: Column, *, optional: bool = False) -> Input:
    """What a request's column is and how odd values are met."""
    unread = "a value that cannot be read as a {} counts as missing"
    unseen = {
        Kind.NUMBER: "any finite number is taken; an infinite one counts as missing",
        Kind.CATEGORY: "counts as rare or as unseen, whichever the model learned",
        Kind.BOOLEAN: "there are only two values",
        Kind.TIME: "years outside 1 to 9999 are read as the nearest",
        Kind.TEXT: "n-grams that were not kept are left out",
        Kind.SEQUENCE: "a line that fits no template counts as one never seen",
    }
    missing = {
        Kind.NUMBER: "filled or left to the model, as learned from the training rows",
        Kind.CATEGORY: "a category of its own; an empty text is missing",
        Kind.BOOLEAN: "filled or left to the model, as learned from the training rows",
        Kind.TIME: "filled or left to the model, as learned from the training rows",
        Kind.TEXT: "read as an empty text",
        Kind.SEQUENCE: "read as no lines",
    }
    wrong = {
        Kind.CATEGORY: "numbers and booleans are read as their text",
        Kind.TEXT: "numbers and booleans are read as their text",
        Kind.SEQUENCE: "a list of texts is read as its lines",
        Kind.TIME: f"a text not written as {column.form or TimeForm.ISO} counts as missing; a "
        "number counts from 1970 in seconds, milliseconds, microseconds or nanoseconds, by size",
    }
    return Input(
        column.name,
        column.kind,
        DATATYPES[column.kind],
        missing[column.kind],
        unseen[column.kind],
        wrong.get(column.kind, unread.format(column.kind)),
        column.form,
        optional,
    )

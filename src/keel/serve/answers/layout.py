"""How the answers of one version lie in Arrow: from what was answered to columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from keel.data.conform import conform_counted
from keel.data.few import plain_iso_micros
from keel.data.table import Column
from keel.serve.answer_log import Answered
from keel.serve.answers.privacy import Privacy
from keel.serve.evidence_columns import evidence_columns
from keel.serve.rows import frame_of_inputs, text_of
from keel.spec.kinds import Kind
from keel.spec.private import LEAVE_OUT
from keel.spec.time_form import TimeForm
from keel.train.export.signature import Signature, describe_input

FEATURE = "feature."
ASKED = "asked."
"""Before the names of columns that a version answers from, and of those that evidence needs."""

TEXT = pa.large_string()
SCORES = pa.large_list(pa.float64())
ITEMS = pa.large_list(TEXT)

FIXED = pa.schema(
    [
        pa.field("request_id", TEXT, nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        ("time", pa.timestamp("us", tz="UTC")),
        ("unit", TEXT),
        ("arm", TEXT),
        ("release", pa.int64()),
        ("step", pa.int32()),
        ("latency_ms", pa.float64()),
        ("error", TEXT),
        ("dropped", pa.int64()),
    ]
)
"""What every answer has, whatever its version. row: its number in the request. dropped: null, but
in a row that stands for as many answers that were not kept."""

_TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.timestamp("us"),
}
_NOT_PLAIN = (TypeError, ValueError, KeyError, OverflowError)


class Layout:
    """The columns of one version's answers. Many answers are laid out at once: a column at a time
    costs a tenth of an answer at a time."""

    def __init__(self, signature: Signature, declaration: Mapping[str, Any], key: bytes) -> None:
        """declaration: as the version records it. key: of pseudonyms."""
        self._signature = signature
        self._privacy = Privacy(declaration, signature, key)
        known = _known_columns(signature)
        self._columns = tuple(c for c in known if self._privacy.of(c.name) != LEAVE_OUT)
        self._plain = tuple(c for c in self._columns if self._privacy.of(c.name) is None)
        self._hidden = tuple(c for c in self._columns if self._privacy.of(c.name) is not None)
        self._missing = frozenset(signature.missing)
        self._inputs = [describe_input(column, optional=True) for column in self._columns]
        self._numbers = [c.name for c in self._plain if c.kind is Kind.NUMBER]
        self._others = [c for c in self._plain if c.kind is not Kind.NUMBER]
        self._get_numbers = _getter(self._numbers)
        self._get_others = _getter([column.name for column in self._others])
        names = {column.name for column in known}
        self._asked = tuple(
            n
            for n in evidence_columns(declaration)
            if n not in names and self._privacy.of(n) != LEAVE_OUT
        )
        self._classes = pa.array(signature.classes, TEXT)
        self._actions = pa.array(signature.actions, TEXT)
        self.schema = self._schema()
        self._fields = [(field.name, field.type) for field in self.schema]

    def lay_out(self, answers: Sequence[Answered]) -> Iterator[pa.RecordBatch]:
        """The answers as batches of `schema`, in no certain order."""
        failed = [one for one in answers if one.prediction is None]
        kept = [one for one in answers if one.prediction is not None]
        single = [one for one in kept if not isinstance(one.rows, pl.DataFrame)]
        if failed:
            yield self._batch(self._fixed(failed, None), {})
        if single:
            rows = [cast("Mapping[str, Any]", one.rows) for one in single]
            yield self._batch(self._fixed(single, None), self._answers(single) | self._read(rows))
        for group in _alike(kept):
            frames = [cast("pl.DataFrame", one.rows) for one in group]
            counts = np.array([len(frame) for frame in frames])
            columns = self._answers(group) | self._conform(pl.concat(frames))
            yield self._batch(self._fixed(group, counts), columns)

    def drops(
        self, at: datetime, arm: str, release: int | None, step: int | None, n: int
    ) -> pa.RecordBatch:
        """A row that stands for `n` answers of an arm that were not kept."""
        fixed = {"request_id": "", "row": 0, "time": at, "arm": arm, "release": release}
        fixed |= {"step": step, "dropped": n}
        return self._batch(
            {name: pa.array([value], FIXED.field(name).type) for name, value in fixed.items()}, {}
        )

    def _schema(self) -> pa.Schema:
        signature = self._signature
        said: list[tuple[str, pa.DataType]] = [("scores", SCORES)]
        if signature.listing is not None:
            said.append(("items", ITEMS))
        elif signature.classes:
            said.append(("prediction", TEXT))
        else:
            said = [("prediction", pa.float64())]
        if signature.actions:
            said.append(("action", TEXT))
        plain = {column.name for column in self._plain}
        features = [
            (FEATURE + c.name, _TYPES.get(c.kind, TEXT) if c.name in plain else TEXT)
            for c in self._columns
        ]
        asked = [(ASKED + name, TEXT) for name in self._asked]
        return pa.schema([*FIXED, *said, *features, *asked])

    def _batch(
        self, fixed: Mapping[str, pa.Array], columns: Mapping[str, pa.Array]
    ) -> pa.RecordBatch:
        count = len(fixed["request_id"])
        arrays = []
        for name, kind in self._fields:
            found = fixed.get(name)
            found = columns.get(name) if found is None else found
            arrays.append(pa.nulls(count, kind) if found is None else found)
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _fixed(
        self, answers: Sequence[Answered], counts: NDArray[np.int64] | None
    ) -> dict[str, pa.Array]:
        """counts: how many rows each answer has; None for one each."""
        privacy = self._privacy
        values = {
            "request_id": [one.request_id for one in answers],
            "time": [one.at for one in answers],
            "unit": [privacy.unit(one.unit) for one in answers],
            "arm": [one.arm for one in answers],
            "release": [one.release for one in answers],
            "step": [one.step for one in answers],
            "latency_ms": [one.latency_ms for one in answers],
            "error": [self._error(one) for one in answers],
        }
        fixed = {name: pa.array(v, FIXED.field(name).type) for name, v in values.items()}
        if counts is None:
            return fixed | {"row": pa.array(np.zeros(len(answers), dtype=np.int32))}
        owner = np.repeat(np.arange(len(answers)), counts)
        first = np.cumsum(counts) - counts
        row = (np.arange(len(owner)) - first[owner]).astype(np.int32)
        return {name: array.take(pa.array(owner)) for name, array in fixed.items()} | {
            "row": pa.array(row)
        }

    def _error(self, answered: Answered) -> str | None:
        if answered.error is None:
            return None
        rows = answered.rows
        if isinstance(rows, pl.DataFrame):
            rows = rows.row(0, named=True) if len(rows) else {}
        return self._privacy.scrub(answered.error, rows)

    def _answers(self, answers: Sequence[Answered]) -> dict[str, pa.Array]:
        predictions = [one.prediction for one in answers if one.prediction is not None]
        lists = [shown for p in predictions for shown in p.lists or ()]
        if self._signature.listing is not None:
            items = [[one.item for one in shown] for shown in lists]
            scores = [[one.score for one in shown] for shown in lists]
            return {"items": pa.array(items, ITEMS), "scores": pa.array(scores, SCORES)}
        output = np.concatenate([p.output for p in predictions])
        if not self._signature.classes:
            return {"prediction": pa.array(output)}
        width = 1 if output.ndim == 1 else output.shape[1]
        ends = pa.array(np.arange(len(output) + 1) * width, pa.int64())
        columns = {"scores": pa.LargeListArray.from_arrays(ends, pa.array(output.reshape(-1)))}
        decisions = [p.decision for p in predictions if p.decision is not None]
        if decisions:
            columns["prediction"] = self._classes.take(pa.array(np.concatenate(decisions)))
        actions = [p.action for p in predictions if p.action is not None]
        if actions:
            columns["action"] = self._actions.take(pa.array(np.concatenate(actions)))
        return columns

    def _read(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
        """Columns of rows as they came."""
        asked = {ASKED + n: self._text(n, [row.get(n) for row in rows]) for n in self._asked}
        hidden = {c.name: self._text(c.name, [r.get(c.name) for r in rows]) for c in self._hidden}
        try:
            plain = dict(zip(self._numbers, self._read_numbers(rows), strict=True))
            found = zip(self._others, zip(*map(self._get_others, rows), strict=True), strict=True)
            plain |= {c.name: _read_plain(c, values) for c, values in found}
        except _NOT_PLAIN:
            given = frame_of_inputs([dict(row) for row in rows], self._inputs, self._missing)
            return self._conform(given.frame) | asked
        return {FEATURE + name: values for name, values in (plain | hidden).items()} | asked

    def _read_numbers(self, rows: Sequence[Mapping[str, Any]]) -> list[pa.Array]:
        """Columns of numbers, all at once: a call of Arrow for each takes three times as long."""
        if not self._numbers:
            return []
        table = np.array(list(map(self._get_numbers, rows)), dtype=np.float64)
        if np.isinf(table).any():
            raise ValueError("not all are numbers that a model reads")
        columns = np.ascontiguousarray(table.T)
        absent = np.asarray(np.isnan(columns).any(axis=1))
        return [
            pa.array(values, from_pandas=True)
            if lacks
            else pa.Array.from_buffers(pa.float64(), len(values), [None, pa.py_buffer(values)])
            for values, lacks in zip(columns, absent, strict=True)
        ]

    def _conform(self, frame: pl.DataFrame) -> dict[str, pa.Array]:
        """Columns of a table, of whatever types."""
        absent = [pl.lit(None).alias(c.name) for c in self._columns if c.name not in frame.columns]
        frame = frame.with_columns(absent)
        read = conform_counted(frame, self._plain, missing=self._missing)
        columns = {FEATURE + values.name: _to_arrow(values) for values in read.columns}
        columns |= {FEATURE + c.name: self._text(c.name, frame[c.name]) for c in self._hidden}
        asked = [name for name in self._asked if name in frame.columns]
        return columns | {ASKED + name: self._text(name, frame[name]) for name in asked}

    def _text(self, name: str, values: Sequence[Any] | pl.Series) -> pa.Array:
        """What tells values apart, or their pseudonyms."""
        texts = [str(v) if isinstance(v, datetime) else text_of(v) for v in values]
        if self._privacy.of(name) is not None:
            hide = self._privacy.pseudonym
            texts = [None if text is None else hide(text) for text in texts]
        return pa.array(texts, TEXT)


def _known_columns(signature: Signature) -> tuple[Column, ...]:
    """What a version answers from: the graph's columns, or for lists what is asked."""
    if signature.listing is not None:
        return signature.request_columns
    return signature.table_columns


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) == 1:
        (name,) = names
        return lambda row: (row[name],)
    return itemgetter(*names) if names else lambda _row: ()


def _read_plain(column: Column, values: tuple[Any, ...]) -> pa.Array:
    """Values that are of their kind already. Raises one of _NOT_PLAIN for others."""
    if column.kind is not Kind.TIME:
        return pa.array(values, _TYPES.get(column.kind, TEXT))
    micros = plain_iso_micros(values) if column.form in (None, TimeForm.ISO) else None
    if micros is None:
        raise ValueError("not all are written as ISO times")
    return pa.array(micros, pa.int64()).cast(pa.timestamp("us"))


def _alike(answers: Sequence[Answered]) -> list[list[Answered]]:
    """Answers to tables, those together whose columns are of the same types."""
    groups: dict[object, list[Answered]] = {}
    for one in answers:
        if isinstance(one.rows, pl.DataFrame) and len(one.rows):
            groups.setdefault(tuple(one.rows.schema.items()), []).append(one)
    return list(groups.values())


def _to_arrow(values: pl.Series) -> pa.Array:
    return values.to_arrow(compat_level=pl.CompatLevel.oldest())

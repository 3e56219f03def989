"""Answers rows with an exported version. Loads no library that learns."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl
from numpy.typing import NDArray

from keel.data.conform import Conformed, conform_counted
from keel.errors import ArtifactError, RequestError
from keel.spec.kinds import Kind
from keel.train.encode.codec import Codec, read_codec
from keel.train.export.ask_options import OF_LISTS, USUAL, AskOptions
from keel.train.export.exported import Exported, read_exported
from keel.train.export.open_session import open_session
from keel.train.export.signature import GraphColumn, Signature
from keel.train.export.tensors import category_tensor, number_rows, time_tensor

BATCH_ROWS = 16_384
BATCH_NUMBERS = 8_388_608
"""Of the widest inner tensor, such as distances to stored rows: 64 MiB in double precision."""

BATCH_CHARACTERS = 32_768
"""Of texts, counted at the longest of a batch: they are padded to one length."""

_LINE_CHARACTERS = 8
_PADDED = (Kind.TEXT, Kind.SEQUENCE)

Prepare = Callable[[pl.DataFrame], Conformed]


@dataclass(frozen=True)
class Shown:
    """An item of a list, and why it is there."""

    item: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Prediction:
    """Answers to n rows, in their order.

    output: [n, classes] probabilities, or [n] values or anomaly scores. decision: [n] class codes
    at the frozen threshold, None for regress. action: [n] numbers of the signature's actions, None
    without. unread: how many values of each column of the rows could not be read and counted as
    missing.
    lists: items, for recommend; output is then their scores, [n, k], minus infinity where there
    are fewer.
    features: [n] the columns that were computed from the rows, None where nothing was.
    """

    output: NDArray[np.float64]
    decision: NDArray[np.int64] | None = None
    action: NDArray[np.int64] | None = None
    unread: Mapping[str, int] = field(default_factory=dict)
    lists: tuple[tuple[Shown, ...], ...] | None = None
    features: pl.DataFrame | None = None


class Predictor:
    """One version, ready to answer. Rows are answered one by one or a million at a time; a row's
    answer does not depend on the rows beside it."""

    def __init__(
        self, exported: Exported, *, threads: int = 1, prepare: Prepare | None = None
    ) -> None:
        """threads: of one call. prepare: from the columns of a request to feature columns.

        Raises ArtifactError when the graph cannot be loaded or does not fit the signature.
        """
        self._signature = exported.signature
        self._prepare = prepare
        self._codecs = {file: read_codec(data) for file, data in exported.codecs.items()}
        self._columns = self._signature.table_columns
        self._missing = frozenset(self._signature.missing)
        self._names = [output.name for output in self._signature.outputs]
        self._plan = _Plan.of(self._signature)
        self._session = open_session(exported.graph, threads)
        _check_fit(self._session, self._signature)

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1, prepare: Prepare | None = None) -> "Predictor":
        """The version in `folder`. Whether its files are the registered ones is the registry's
        question. Raises ArtifactError."""
        return cls(read_exported(folder), threads=threads, prepare=prepare)

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        return self._signature

    @property
    def prepare(self) -> Prepare | None:
        """Computes the feature columns of a request's rows; None where they are taken as they
        are."""
        return self._prepare

    @property
    def session(self) -> onnxruntime.InferenceSession:
        """Its graph."""
        return self._session

    @property
    def codecs(self) -> dict[str, Codec]:
        """The codec of each column that has one."""
        columns = self._signature.columns
        return {c.name: self._codecs[c.codec] for c in columns if c.codec is not None}

    def answer(self, rows: pl.DataFrame, options: AskOptions = USUAL) -> Prediction:
        """Answers to n rows of a request: features are computed first.

        Raises RequestError naming every column that is not there, and for options of lists.
        """
        if options != USUAL:
            raise RequestError(
                f"options {', '.join(OF_LISTS)} are for systems that recommend; this one is asked "
                f"to {self._signature.task}"
            )
        if self._prepare is None:
            return self.predict(rows)
        prepared = self._prepare(rows)
        prediction = self.predict(prepared.frame)
        unread = Counter(prepared.unread) + Counter(prediction.unread)
        return replace(prediction, unread=unread, features=prepared.frame)

    def unknown(self, items: Iterable[str]) -> int:
        """All: it recommends nothing."""
        return sum(1 for _ in items)

    def predict(self, frame: pl.DataFrame) -> Prediction:
        """Answers to n rows of feature columns, of any type that can be read as their kind; other
        columns are ignored. Raises RequestError naming every column that is not there."""
        signature = self._signature
        read = conform_counted(frame, self._columns, missing=self._missing)
        count = len(frame)
        width = signature.outputs[0].shape[-1]
        output = np.empty((count, width))
        decision = None if len(self._names) == 1 else np.empty(count, dtype=np.int64)
        for rows, batch in _batches(read.columns, count, signature):
            answers = self._session.run(self._names, self._feed(batch))
            output[rows] = answers[0]
            if decision is not None:
                decision[rows] = answers[1]
        if width == 1:
            output = output[:, 0]
        if decision is None:
            return Prediction(output, unread=read.unread)
        return Prediction(output, decision, signature.act(output), read.unread)

    def _feed(self, batch: Sequence[pl.Series]) -> dict[str, NDArray[Any]]:
        plan = self._plan
        numbers = number_rows([batch[i] for i, _ in plan.numbers])[:, :, None]
        feed: dict[str, NDArray[Any]] = {
            tensor: row for (_, tensor), row in zip(plan.numbers, numbers, strict=True)
        }
        for i, column in plan.others:
            codec = None if column.codec is None else self._codecs[column.codec]
            feed.update(zip(column.tensors, _tensors(column, batch[i], codec), strict=True))
        return feed


@dataclass(frozen=True)
class _Plan:
    """Which columns, by their place, are fed how. numbers: with their tensor."""

    numbers: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, GraphColumn], ...]

    @classmethod
    def of(cls, signature: Signature) -> "_Plan":
        numbers, others = [], []
        for i, column in enumerate(signature.columns):
            if column.kind in (Kind.NUMBER, Kind.BOOLEAN):
                numbers.append((i, column.tensors[0]))
            else:
                others.append((i, column))
        return cls(tuple(numbers), tuple(others))


def _check_fit(session: onnxruntime.InferenceSession, signature: Signature) -> None:
    there = {tensor.name for tensor in (*session.get_inputs(), *session.get_outputs())}
    named = {tensor for column in signature.columns for tensor in column.tensors}
    named |= {output.name for output in signature.outputs}
    if there != named:
        raise ArtifactError(
            "model.onnx and signature.json are of different versions: "
            f"{', '.join(sorted(there ^ named))} is in one of them only; "
            "take the version from the registry again"
        )


def _batches(
    columns: Sequence[pl.Series], count: int, signature: Signature
) -> Iterator[tuple[slice | NDArray[np.int64], Sequence[pl.Series]]]:
    pairs = zip(signature.columns, columns, strict=True)
    texts = [(column.kind, values) for column, values in pairs if column.kind in _PADDED]
    if count == 1:
        yield slice(0, 1), columns
        return
    if not texts:
        most = max(1, min(BATCH_ROWS, BATCH_NUMBERS // signature.held))
        for start in range(0, count, most):
            yield slice(start, start + most), [values.slice(start, most) for values in columns]
        return
    lengths = np.zeros(count, dtype=np.int64)
    for kind, values in texts:
        lengths += _length(values, kind)
    # Texts of like length together, so that little is padding.
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * lengths[order[end]] <= BATCH_CHARACTERS:
            end += 1
        rows = order[start:end]
        yield rows, [values.gather(rows) for values in columns]
        start = end


def _length(column: pl.Series, kind: Kind) -> NDArray[np.int64]:
    """[n] what a text costs, in characters, or a log in lines that cost as much as a few."""
    if kind is Kind.TEXT:
        return column.str.len_chars().fill_null(0).to_numpy().astype(np.int64)
    lines = column.str.count_matches("\n", literal=True).fill_null(0) + 1
    return lines.to_numpy().astype(np.int64) * _LINE_CHARACTERS


def _tensors(
    column: GraphColumn, values: pl.Series, codec: Codec | None
) -> tuple[NDArray[Any], ...]:
    if codec is not None:
        encoded = codec.encode(values)
        return (encoded.ids, encoded.weights, encoded.statistics)[: len(column.tensors)]
    if column.kind is Kind.CATEGORY:
        return (category_tensor(values)[:, None],)
    return (time_tensor(values)[:, None],)

"""Answers a single row of JSON without a table, where a table would plainly give the same."""

import math
import struct
import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from keel.data.cast import MISSING, TRUTH
from keel.data.few import is_plain, plain_iso_micros
from keel.spec.kinds import Kind
from keel.spec.time_form import TimeForm
from keel.train.export.predictor import Prediction
from keel.train.export.signature import GraphColumn, Signature
from keel.train.export.tensors import MISSING_TIME

_ALONE = (Kind.NUMBER, Kind.BOOLEAN, Kind.TIME, Kind.CATEGORY)
_CELLS = {"f": np.float32, "q": np.int64}
_ANSWERS = {"FP32": np.float32, "INT64": np.int64}

Read = Callable[[Any], float]


class _NotPlain(Exception):
    """A value that takes a table to read."""


class OneRow:
    """One version's graph behind tensors that are made once and written to at each call.

    Whatever is not plainly of its column's kind is left to the table: what it means, and what is
    said of it, is written there alone.
    """

    def __init__(self, session: onnxruntime.InferenceSession, signature: Signature) -> None:
        """signature: one that `answers_alone`."""
        self._signature = signature
        self._thresholds = [float(np.float32(cut.threshold)) for cut in signature.cuts]
        self._named = bool(signature.actions)
        missing = MISSING | frozenset(signature.missing)
        columns = signature.columns
        numbers = {Kind.NUMBER: None, Kind.BOOLEAN: _truths(missing)}
        self._numbers = _Cells("f", columns, numbers)
        self._times = _Cells("q", columns, {Kind.TIME: _moments(missing)})
        self._texts = _Texts(columns, missing)
        feed = self._numbers.tensors | self._times.tensors | self._texts.tensors
        self._run = _runner(session, feed, signature)
        # The tensors are shared by all who ask.
        self._asking = threading.Lock()

    def answer(self, row: Mapping[str, Any]) -> Prediction | None:
        """The answer to a row of the columns of a request; None where only a table can tell."""
        try:
            with self._asking:
                self._numbers.write(row)
                self._times.write(row)
                self._texts.write(row)
                answers = self._run()
                output = answers[0].astype(np.float64)
                decision = None if len(answers) == 1 else answers[1].copy()
        except (_NotPlain, KeyError, TypeError, OverflowError, struct.error):
            return None
        if output.shape[1] == 1:
            output = output[:, 0]
        return Prediction(output, decision, self._act(output) if self._named else None)

    def _act(self, output: NDArray[np.float64]) -> NDArray[np.int64]:
        """See `Signature.act`."""
        return np.array([bisect_right(self._thresholds, output.flat[-1])])


def answers_alone(signature: Signature) -> bool:
    """Whether a row holds what the graph takes: nothing is computed, encoded or looked up."""
    return (
        not signature.features
        and signature.listing is None
        and all(c.kind in _ALONE and c.form in (None, TimeForm.ISO) for c in signature.columns)
    )


class _Cells:
    """Tensors [1, 1] of the columns of some kinds, side by side in memory. readers: by kind, what
    a value is as a number; None where values are numbers, and null is not a number."""

    def __init__(
        self,
        code: str,
        columns: Sequence[GraphColumn],
        readers: Mapping[Kind, Read | None],
    ) -> None:
        chosen = [column for column in columns if column.kind in readers]
        cells = np.zeros((len(chosen), 1, 1), _CELLS[code])
        self.tensors = {c.tensors[0]: cell for c, cell in zip(chosen, cells, strict=True)}
        self._names = [column.name for column in chosen]
        self._read = [
            (place, read)
            for place, column in enumerate(chosen)
            if (read := readers[column.kind]) is not None
        ]
        self._pack = struct.Struct(f"={len(chosen)}{code}").pack_into
        self._memory = cells.data.cast("B") if chosen else None

    def write(self, row: Mapping[str, Any]) -> None:
        """Raises KeyError, TypeError, _NotPlain, OverflowError and struct.error for what is not
        plain."""
        if self._memory is None:
            return
        values = [row[name] for name in self._names]
        for place, read in self._read:
            values[place] = read(values[place])
        if None in values:
            values = [math.nan if value is None else value for value in values]
        # A number beyond float32 is refused here, and a text, which may be a number.
        self._pack(self._memory, 0, *values)


class _Texts:
    """Tensors [1, 1] of categories."""

    def __init__(self, columns: Sequence[GraphColumn], missing: frozenset[str]) -> None:
        chosen = [column for column in columns if column.kind is Kind.CATEGORY]
        self.tensors = {c.tensors[0]: np.full((1, 1), "", dtype=object) for c in chosen}
        self._cells = [(column.name, self.tensors[column.tensors[0]]) for column in chosen]
        self._missing = missing

    def write(self, row: Mapping[str, Any]) -> None:
        """Raises KeyError and _NotPlain."""
        for name, cell in self._cells:
            cell[0, 0] = self._text(row[name])

    def _text(self, value: Any) -> str:
        if value is None:
            return ""
        if type(value) is str and is_plain((value,), self._missing):
            return value
        if type(value) is bool:
            return "true" if value else "false"
        if type(value) is int:
            return str(value)
        raise _NotPlain


def _truths(missing: frozenset[str]) -> Read:
    truth: dict[object, float] = {None: math.nan, True: 1.0, False: 0.0}
    truth |= {text: float(true) for text, true in TRUTH.items() if text not in missing}
    return truth.__getitem__


def _moments(missing: frozenset[str]) -> Read:
    def moment(value: Any) -> int:
        if value is None:
            return int(MISSING_TIME)
        micros = None
        if type(value) is str and is_plain((value,), missing):
            micros = plain_iso_micros((value,))
        if micros is None or micros[0] is None:
            raise _NotPlain
        return micros[0]

    return moment


def _runner(
    session: onnxruntime.InferenceSession,
    feed: Mapping[str, NDArray[Any]],
    signature: Signature,
) -> Callable[[], Sequence[NDArray[Any]]]:
    """Runs the graph on tensors that stay where they are."""
    names = [output.name for output in signature.outputs]
    if any(tensor.dtype == object for tensor in feed.values()):
        # ONNX Runtime binds no texts.
        return lambda: session.run(names, feed)
    bound = session.io_binding()
    for name, tensor in feed.items():
        bound.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(tensor))
    answers = [
        np.zeros([1, *output.shape[1:]], _ANSWERS[output.datatype]) for output in signature.outputs
    ]
    for name, answer in zip(names, answers, strict=True):
        bound.bind_ortvalue_output(name, onnxruntime.OrtValue.ortvalue_from_numpy(answer))

    def run() -> Sequence[NDArray[Any]]:
        session.run_with_iobinding(bound)
        return answers

    return run

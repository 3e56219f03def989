"""Answers JSON rows line by line, as long as they come."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from keel.errors import KeelError, RequestError
from keel.serve.answer_log import BATCH
from keel.serve.lines import MOST_LINE_BYTES, Lines
from keel.serve.predict_request import Answer, Options, read_options, shape_answers
from keel.serve.read_json import read_json
from keel.serve.request_id import new_request_id
from keel.serve.rows import describe, frame_of
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.serve.standing import Choice

BLOCK_ROWS = 1024
"""Rows that are answered at once."""


class BadLine(msgspec.Struct, frozen=True):
    """In place of an answer: why the line with this number, from 1 on, has none."""

    error: str
    line: int


class Batch:
    """The answers of one version to any number of lines, each an object with a row.

    Every line that is not empty has one line in answer, in order. A version that is released
    meanwhile answers the next batch.
    """

    def __init__(self, runtime: Runtime, system: str, options: Options) -> None:
        """Raises NotFound and NotReady."""
        self.served = runtime.serving(system)
        self.request_id = new_request_id()
        self._runtime = runtime
        self._options = options
        self._lines = Lines()
        self._count = 0

    def feed(self, part: bytes) -> Iterator[bytes]:
        """The answers to lines that end in `part`, some at a time."""
        return self._answer(self._lines.feed(part))

    def end(self) -> Iterator[bytes]:
        """The answer to what was begun, as nothing more comes."""
        return self._answer(self._lines.end())

    def _answer(self, lines: list[bytes | None]) -> Iterator[bytes]:
        for start in range(0, len(lines), BLOCK_ROWS):
            block = lines[start : start + BLOCK_ROWS]
            yield msgspec.json.Encoder().encode_lines(self._answers(block))
            self._count += len(block)

    def _answers(self, lines: Sequence[bytes | None]) -> list[Answer | BadLine]:
        answers: list[Answer | BadLine | None] = [None] * len(lines)
        rows: list[tuple[int, dict[str, Any]]] = []
        for place, line in enumerate(lines):
            try:
                rows.append((place, _read(line)))
            except RequestError as error:
                answers[place] = self._bad(error, place)
        for place, answer in self._answer_rows(rows):
            answers[place] = answer
        return [answer for answer in answers if answer is not None]

    def _answer_rows(
        self, rows: Sequence[tuple[int, dict[str, Any]]]
    ) -> Iterator[tuple[int, Answer | BadLine]]:
        """Together, as they mean the same alone. Where some are refused, half by half until only
        those are left."""
        if not rows:
            return
        served, options = self.served, self._options
        places = [place for place, _ in rows]
        try:
            frame = frame_of([row for _, row in rows], served.signature, served.kept).frame
            prediction = self._runtime.answer(
                Choice(served, BATCH),
                frame,
                request_id=f"{self.request_id}-{self._count + places[0] + 1}",
                unit=options.unit,
                options=options.asked,
            )
        except RequestError as error:
            if len(rows) == 1:
                yield places[0], self._bad(error, places[0])
            else:
                middle = len(rows) // 2
                yield from self._answer_rows(rows[:middle])
                yield from self._answer_rows(rows[middle:])
        except KeelError as error:
            # What is away now may be back for the next rows.
            yield from ((place, self._bad(error, place)) for place in places)
        else:
            yield from zip(places, shape_answers(prediction, served.signature), strict=True)

    def _bad(self, error: KeelError, place: int) -> BadLine:
        return BadLine(str(error), self._count + place + 1)


def read_batch_options(text: str | None, served: Served) -> Options:
    """Options as the query has them, as JSON. Raises RequestError."""
    if text is None:
        return Options()
    problems: list[str] = []
    given = read_json(text.encode(), object)
    options = read_options(given, problems, served.signature)
    if problems:
        raise RequestError("\n".join(problems))
    return options


def _read(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise RequestError(f"the line is longer than {MOST_LINE_BYTES} bytes")
    row = read_json(line, object)
    if not isinstance(row, dict):
        raise RequestError(f"the line is {describe(row)}; allowed is a row as an object")
    return row

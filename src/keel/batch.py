"""Answers whole tables, batch by batch, in constant memory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from keel.data.conform import tell_unread
from keel.data.sources.source import BadLine
from keel.data.stream import Frames, FrameWriter
from keel.features.online.scope import in_online
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import find
from keel.registry.lineage import count_cpus
from keel.serve.new_events import recent_events
from keel.spec.system import System
from keel.store import Store
from keel.train.export.ask_options import USUAL, AskOptions
from keel.train.export.open_predictor import open_predictor
from keel.train.export.predictor import Prediction, Shown
from keel.train.export.signature import Signature
from keel.train.progress import Tell

SHOWN_BAD_LINES = 5

AT_ONCE = 2**19
"""Rows that look up their features together: what is known of an entity is read once for them."""


@dataclass(frozen=True)
class Answered:
    """How many rows were answered, how many lines of the input were no rows, and how many values of
    each column could not be read and counted as missing."""

    version: str
    rows: int
    bad_lines: int
    into: Path
    unread: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "version": self.version,
            "rows": self.rows,
            "bad_lines": self.bad_lines,
            "into": str(self.into),
            "unread": self.unread,
        }


def answer_table(
    store: Store,
    reference: str,
    table: str,
    into: Path,
    *,
    columns: tuple[str, ...] | None = None,
    threads: int | None = None,
    options: AskOptions = USUAL,
    tell: Tell,
) -> Answered:
    """Answer every row of `table` into `into`, in order.

    Lines that are no rows are told and counted, never answered. Raises RequestError for missing
    columns, TableError for what cannot be read, InputError for an ending that cannot be written.
    """
    version = find(store.engine, reference)
    folder = read_artifact(store.blobs, version.digest)
    recent = recent_events(store.engine, version.system)
    predictor = open_predictor(
        folder,
        threads=threads or count_cpus(),
        recent=recent,
        find_for=in_online(store.online, version.system),
    )
    declared = System.model_validate(read_version_record(folder).declaration).table
    key = declared.key
    # What is asked about is not marked yet.
    log = None if declared.log is None else declared.log.unmarked
    bad: list[BadLine] = []
    frames = Frames(table, bad.append, base=Path(), columns=columns, log=log)
    rows = 0
    unread: Counter[str] = Counter()
    with FrameWriter(into) as writer:
        for frame in _gathered(frames, AT_ONCE) if predictor.signature.tables else frames:
            prediction = predictor.answer(frame, options)
            unread.update(prediction.unread)
            answers = answers_frame(prediction, predictor.signature)
            if prediction.lists is not None:
                answers = _with_users(answers, frame, predictor.signature)
            elif key is not None and key in frame.columns:
                answers = answers.insert_column(0, frame.get_column(key))
            writer.write(answers)
            rows += len(frame)
    for line in bad[:SHOWN_BAD_LINES]:
        tell(f"not a row  line {line.line}: {line.reason}")
    for sentence in tell_unread(unread, predictor.signature.request_columns):
        tell(f"not read  {sentence}")
    tell(f"answered  {rows:,} rows by {version} into {into}, {len(bad):,} lines were no rows")
    return Answered(str(version), rows, len(bad), into, dict(unread))


def _gathered(frames: Iterable[pl.DataFrame], least: int) -> Iterator[pl.DataFrame]:
    """The same rows, at least so many at once but for the last."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(map(len, held)) >= least:
            yield pl.concat(held, how="vertical_relaxed")
            held.clear()
    if held:
        yield pl.concat(held, how="vertical_relaxed")


def answers_frame(prediction: Prediction, signature: Signature) -> pl.DataFrame:
    """[n] rows: `prediction`, for classes a `score CLASS` each, and `action` where declared; for
    lists a row for each item: the number of its `row`, its `place` from 1 on, `item`, `score` and
    `reasons`."""
    if prediction.lists is not None:
        return _lists_frame(prediction.lists)
    if prediction.decision is None:
        return pl.DataFrame({"prediction": prediction.output})
    names = pl.Series(signature.classes, dtype=pl.String)
    data = {"prediction": names.gather(prediction.decision)}
    scores = prediction.output.reshape(len(prediction.decision), len(signature.scored))
    for number, name in enumerate(signature.scored):
        data[f"score {name}"] = pl.Series(np.ascontiguousarray(scores[:, number]))
    if prediction.action is not None:
        data["action"] = pl.Series(signature.actions, dtype=pl.String).gather(prediction.action)
    return pl.DataFrame(data)


def _lists_frame(lists: Sequence[Sequence[Shown]]) -> pl.DataFrame:
    shown = [
        (row, place, one) for row, items in enumerate(lists) for place, one in enumerate(items)
    ]
    return pl.DataFrame(
        {
            "row": [row for row, _, _ in shown],
            "place": [place + 1 for _, place, _ in shown],
            "item": [one.item for _, _, one in shown],
            "score": [one.score for _, _, one in shown],
            "reasons": ["; ".join(one.reasons) for _, _, one in shown],
        },
        schema={
            "row": pl.Int64,
            "place": pl.Int64,
            "item": pl.String,
            "score": pl.Float64,
            "reasons": pl.String,
        },
    )


def _with_users(answers: pl.DataFrame, frame: pl.DataFrame, signature: Signature) -> pl.DataFrame:
    """With the user of each row in place of its number."""
    names = ("user", "" if signature.listing is None else signature.listing.user)
    found = [frame[name] for name in names if name in frame.columns]
    if not found:
        return answers
    return answers.with_columns(found[0].gather(answers["row"]).alias("row")).rename(
        {"row": "user"}
    )

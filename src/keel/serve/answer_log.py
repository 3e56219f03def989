"""The seam of the answer log: what was answered, kept so that it can become evidence."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec
import polars as pl

from keel.serve.served import Served
from keel.train.export.predictor import Prediction

CHAMPION = "champion"
"""The arm of answers that no release has a part in."""
ASKED = "asked"
"""The arm of answers of a version that was asked for by its number."""
BATCH = "batch"
"""The arm of answers to many rows at once: all of them are the champion's."""


class Answered(msgspec.Struct, frozen=True, eq=False):
    """One request that was answered, or failed for no fault of its own: n rows and their n answers.

    arm: what the release calls the version that answered. release, step: of the release in flight,
    None without one. at: when it was answered. unit: who or what the request is about, if it said
    so. rows: the columns that the version answers from, and those of the request that evidence
    needs; a mapping from column to value is one row. prediction: None where `error` says why there
    is none. latency_ms: from the request to its answer.
    """

    served: Served
    request_id: str
    at: datetime
    rows: pl.DataFrame | Mapping[str, object]
    prediction: Prediction | None
    latency_ms: float
    arm: str = CHAMPION
    release: int | None = None
    step: int | None = None
    unit: str | None = None
    error: str | None = None


class AnswerLog(Protocol):
    """Where answers go. Called from many threads, on the way of a request: it must not wait."""

    def append(self, answered: Answered) -> None:
        """Keep these answers."""
        ...


class NoAnswerLog:
    """Keeps nothing."""

    def append(self, answered: Answered) -> None:
        """Forget these answers."""

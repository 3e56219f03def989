"""The seam of the answer log: what was answered, kept so that it can become evidence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl

from keel.train.export.predictor import Prediction


@dataclass(frozen=True, eq=False)
class Answered:
    """One request that was answered: n rows and their n answers.

    rows: as they came, before features are computed. unit: who or what the request is about, if
    it said so. latency_ms: from rows to answers.
    """

    system: str
    version: int
    digest: str
    request_id: str
    at: datetime
    rows: pl.DataFrame
    prediction: Prediction
    latency_ms: float
    unit: str | None = None


class AnswerLog(Protocol):
    """Where answers go. Called from many threads, on the way of a request: it must not wait."""

    def append(self, answered: Answered) -> None:
        """Keep these answers."""
        ...


class NoAnswerLog:
    """Keeps nothing."""

    def append(self, answered: Answered) -> None:
        """Forget these answers."""

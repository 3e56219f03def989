"""Answers to write down, made by a real version."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from keel.serve.answer_log import Answered
from keel.serve.served import Served

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answered(served: Served, number: int, row: Mapping[str, Any], **parts: Any) -> Answered:
    """A single row, answered `number` seconds after the first one."""
    prediction = served.predictor.answer(pl.DataFrame([row]))
    usual: dict[str, Any] = {"rows": row, "prediction": prediction, "latency_ms": 0.5}
    at = BEGAN + timedelta(seconds=number)
    return Answered(served, f"r{number}", at, **{**usual, **parts})

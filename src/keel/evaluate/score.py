"""A version and cases, made into evidence."""

import time
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.examples import Examples
from keel.data.split import Split
from keel.metrics.evidence import Evidence
from keel.spec.kinds import Kind, TaskName
from keel.spec.promise import Promise
from keel.train.predictor import Predictor

LATENCY_CALLS = 300
"""Enough for a p99 with an interval, little enough to take no time."""


def score(
    predictor: Predictor,
    test: Examples,
    task: TaskName,
    split: Split,
    *,
    by: Sequence[str],
    ids: NDArray[np.str_],
) -> Evidence:
    """What `predictor` answers to the test part of `split`, beside what was true.

    by: feature columns whose groups promises compare. ids: [n] of the cases.
    """
    prediction = predictor.predict(test.frame)
    return Evidence(
        task,
        prediction.output,
        test.label,
        split.protocol,
        test.classes,
        prediction.decision,
        None if split.clusters is None else split.clusters[split.test],
        {name: group_values(test.frame[name]) for name in by},
        ids,
        time=test.time,
        latency_ms=measure_latency(predictor, test.frame),
    )


def group_columns(examples: Examples, promises: Sequence[Promise]) -> list[str]:
    """Feature columns that promises may compare the groups of: those with few values."""
    groups = [c.name for c in examples.columns if c.kind in (Kind.CATEGORY, Kind.BOOLEAN)]
    asked = {promise.measure.by for promise in promises if promise.measure is not None}
    return [name for name in groups if name in asked]


def measure_latency(predictor: Predictor, frame: pl.DataFrame) -> NDArray[np.float64]:
    """Milliseconds of one-row calls in this process, after a few to warm up."""
    rows = [frame[i : i + 1] for i in range(min(len(frame), LATENCY_CALLS))]
    for row in rows[:10]:
        predictor.predict(row)
    took_ms = np.empty(LATENCY_CALLS)
    for call in range(LATENCY_CALLS):
        row = rows[call % len(rows)]
        began = time.perf_counter_ns()
        predictor.predict(row)
        took_ms[call] = (time.perf_counter_ns() - began) / 1e6
    return took_ms


def group_values(column: pl.Series) -> NDArray[np.str_]:
    """The values of a column as text; a missing one is ""."""
    if column.dtype == pl.Boolean:
        column = column.replace_strict({True: "true", False: "false"}, return_dtype=pl.String)
    return column.cast(pl.String).fill_null("").to_numpy().astype(np.str_)

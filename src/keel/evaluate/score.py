"""A version and cases, made into evidence."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.examples import Examples
from keel.data.split import Split
from keel.metrics.evidence import Evidence
from keel.spec.decision import Decision
from keel.spec.kinds import TaskName
from keel.spec.promise import Promise
from keel.train.export.predictor import Predictor

LATENCY_CALLS = 500
"""Below 368 a p99 has no upper bound at 95 %; far above, it takes time and tells no more."""

MOST_MS = 10_000.0


def score(
    predictor: Predictor,
    test: Examples,
    task: TaskName,
    split: Split,
    *,
    groups: Mapping[str, NDArray[np.str_]],
    units: Mapping[str, NDArray[np.str_]],
    ids: NDArray[np.str_],
    decide: Decision | None = None,
) -> Evidence:
    """What `predictor` answers to the test part of `split`, beside what was true.

    groups: [n] values of the columns that promises compare; units: of those that they count.
    ids: [n] of the cases.
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
        groups,
        units,
        ids,
        costs=costs(decide),
        time=test.time,
        latency_ms=measure_latency(predictor, test.frame),
    )


def groups_asked(promises: Sequence[Promise]) -> tuple[str, ...]:
    """Columns whose groups promises compare."""
    asked = {p.measure.by: None for p in promises if p.measure is not None and p.measure.by}
    return tuple(asked)


def units_asked(promises: Sequence[Promise]) -> tuple[str, ...]:
    """Columns that promises count in place of cases."""
    asked = {p.measure.of: None for p in promises if p.measure is not None and p.measure.of}
    return tuple(asked)


def costs(decide: Decision | None) -> tuple[float, float]:
    """Of a false positive and a false negative, as the decision declares them."""
    for rule in () if decide is None else decide.rules:
        if rule.kind == "cost":
            return rule.false_positive, rule.false_negative
    return 1.0, 1.0


def measure_latency(predictor: Predictor, frame: pl.DataFrame) -> NDArray[np.float64]:
    """Milliseconds of one-row calls with feature columns: see `time_calls`."""
    return time_calls(
        predictor.predict, frame.select(column.name for column in predictor.signature.columns)
    )


def time_calls(
    answer: Callable[[pl.DataFrame], object], frame: pl.DataFrame
) -> NDArray[np.float64]:
    """Milliseconds of one-row calls in this process, after a few to warm up.

    Fewer calls where they take so long that a promise about them is settled anyway.
    """
    rows = [frame[i : i + 1] for i in range(min(len(frame), LATENCY_CALLS))]
    for row in rows[:3]:
        answer(row)
    took_ms: list[float] = []
    while len(took_ms) < LATENCY_CALLS and sum(took_ms) < MOST_MS:
        row = rows[len(took_ms) % len(rows)]
        began = time.perf_counter_ns()
        answer(row)
        took_ms.append((time.perf_counter_ns() - began) / 1e6)
    return np.array(took_ms)

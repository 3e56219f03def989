"""Whether a challenger fares as the champion does, which no label is needed for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.quantile import quantile
from keel.metrics.sequential.arm_drift import arm_drift, score_of_cases
from keel.metrics.sequential.rate_ratio import rate_ratio
from keel.promises.held import held
from keel.promises.look import Look
from keel.promises.verdict import Outcome, Verdict
from keel.spec.promise import Promise

SHARE = 0.99

Found = tuple[Estimate, str]
"""A figure, and what is said before it."""


@dataclass(frozen=True)
class Health:
    """Bars that every release is held against beside what was promised; None: not this one.

    errors: how many times as often as the champion's its requests may fail.
    latency: how many times as long 99 of 100 of its requests may take.
    scores: how far its scores may be spread otherwise, as a population stability index.
    inputs: the same of any column that it sees, which unlike scores should hardly differ.
    """

    errors: float | None = 2.0
    latency: float | None = 1.5
    scores: float | None = 0.25
    inputs: float | None = 0.1

    def __len__(self) -> int:
        return sum(getattr(self, field.name) is not None for field in fields(self))


def judge_health(
    health: Health, challenger: Evidence, champion: Evidence | None, look: Look
) -> Iterator[Verdict]:
    """One verdict per bar. Failures are compared by intervals that hold at every look, also where
    the look is of one."""
    judged: dict[str, tuple[str, Callable[[Evidence, Evidence, Look], Found | str]]] = {
        "errors": ("errors <= {:g} times the champion's", _errors),
        "latency": ("latency_p99 <= {:g} times the champion's", _latency),
        "scores": ("psi of scores to the champion's <= {:g}", _scores),
        "inputs": ("psi of inputs to the champion's <= {:g}", _inputs),
    }
    for name, (text, find) in judged.items():
        bar = getattr(health, name)
        if bar is None:
            continue
        promise = Promise(text.format(bar), "measure", None, "<=", bar)
        found: Found | str = "there is no champion to compare with"
        if champion is not None:
            found = find(challenger, champion, look)
        if isinstance(found, str):
            yield Verdict(promise.text, Outcome.PENDING, found)
        else:
            yield held(promise, found[0], what=found[1], interval=look.name)


def _errors(ours: Evidence, theirs: Evidence, look: Look) -> Found | str:
    if ours.failed is None or theirs.failed is None:
        return "whether requests failed was not kept"
    failed, n = int(ours.failed.sum()), len(ours.failed)
    if not (n and len(theirs.failed)):
        return "no request has come yet"
    what = f"{failed:,} of {n:,} requests failed, {int(theirs.failed.sum()):,} of "
    what += f"{len(theirs.failed):,} of the champion's: times "
    (failures, requests), (other_failures, other_requests) = _by_step(ours, theirs)
    ratio = rate_ratio(failures, requests, other_failures, other_requests, look.tails)
    if np.isnan(ratio.value):
        # None failed of either arm: nothing tells that ours fail more often.
        ratio = Estimate(0.0, 0.0, np.inf, n)
    return ratio, what


def _latency(ours: Evidence, theirs: Evidence, look: Look) -> Found | str:
    half = look.sharing(2)
    mine, other = (_quantile(arm.latency_ms, half) for arm in (ours, theirs))
    if not (mine.n and other.n):
        return "no latency was measured"
    low, value = max(_times(mine.low, other.high), 0.0), _times(mine.value, other.value)
    high = _times(mine.high, other.low)
    what = f"{mine.value:.3g} ms in {mine.n:,} requests, {other.value:.3g} ms in the champion's "
    return Estimate(value, low, high, mine.n), f"{what}{other.n:,}: times "


def _scores(ours: Evidence, theirs: Evidence, look: Look) -> Found | str:
    scores = score_of_cases(ours), score_of_cases(theirs)
    if scores[0] is None or scores[1] is None:
        return "lists of items have no score"
    if not (len(ours) and len(theirs)):
        return "no answer has come yet"
    drift = arm_drift(ours, theirs, (scores[0], scores[1]), look.tails, look.bounds)
    return drift, f"{len(ours):,} answers, {len(theirs):,} of the champion's: "


def _inputs(ours: Evidence, theirs: Evidence, look: Look) -> Found | str:
    names = [name for name in ours.inputs if name in theirs.inputs]
    if not names:
        return "no column was kept of both arms"
    if not (len(ours) and len(theirs)):
        return "no answer has come yet"
    each = look.sharing(len(names))
    drifts = {
        name: arm_drift(
            ours, theirs, (ours.inputs[name], theirs.inputs[name]), each.tails, look.bounds
        )
        for name in names
    }
    worst = max(drifts, key=lambda name: drifts[name].value)
    low = max(drift.low for drift in drifts.values())
    figure = Estimate(drifts[worst].value, low, drifts[worst].high, drifts[worst].n)
    return figure, f"the most of {len(names)} columns in {worst!r}, {len(ours):,} answers: "


def _quantile(latency_ms: Floats | None, look: Look) -> Estimate:
    ordered = np.sort(np.empty(0) if latency_ms is None else latency_ms)
    bounds = look.bounds.quantile(ordered, SHARE, look.tails)
    return Estimate(quantile(ordered, SHARE), *bounds, len(ordered))


def _times(ours: float, theirs: float) -> float:
    return ours / theirs if theirs > 0 else 1.0 if ours <= 0 else np.inf


def _by_step(ours: Evidence, theirs: Evidence) -> list[tuple[Floats, Floats]]:
    """[s] failures and [s] requests of each arm, by step."""
    steps = [_steps_of(arm) for arm in (ours, theirs)]
    names = np.union1d(*steps)
    found = []
    for arm, step in zip((ours, theirs), steps, strict=True):
        code = np.searchsorted(names, step)
        failures = np.bincount(code, arm.failed, minlength=len(names)).astype(np.float64)
        requests = np.bincount(code, minlength=len(names)).astype(np.float64)
        found.append((failures, requests))
    return found


def _steps_of(arm: Evidence) -> Integers:
    n = 0 if arm.failed is None else len(arm.failed)
    return np.zeros(n, dtype=np.int64) if arm.request_step is None else arm.request_step

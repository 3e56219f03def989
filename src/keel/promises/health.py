"""Whether a challenger's requests fare as the champion's do, which no label is needed for."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.quantile import quantile
from keel.metrics.sequential.quantile_sequence import quantile_sequence
from keel.metrics.sequential.rate_ratio import rate_ratio
from keel.promises.held import held
from keel.promises.verdict import Outcome, Verdict
from keel.spec.promise import Promise

SHARE = 0.99


@dataclass(frozen=True)
class Health:
    """Bars that every release is held against beside what was promised; None: not this one.

    errors: how many times as often as the champion's its requests may fail.
    latency: how many times as long 99 of 100 of its requests may take.
    """

    errors: float | None = 2.0
    latency: float | None = 1.5

    def __len__(self) -> int:
        return sum(getattr(self, field.name) is not None for field in fields(self))


def judge_health(
    health: Health, challenger: Evidence, champion: Evidence | None, *, tail: float
) -> Iterator[Verdict]:
    """One verdict per bar. tail: the chance that each is ever found broken though it is not."""
    for name, judged in (("errors", _errors), ("latency", _latency)):
        bar = getattr(health, name)
        if bar is not None:
            yield judged(bar, challenger, champion, tail)


def _errors(bar: float, ours: Evidence, theirs: Evidence | None, tail: float) -> Verdict:
    promise = _promise(f"errors <= {bar:g} times the champion's", bar)
    if ours.failed is None or len(ours.failed) == 0:
        return Verdict(promise.text, Outcome.PENDING, "no request has come yet")
    failed, n = int(ours.failed.sum()), len(ours.failed)
    if failed == 0:
        return Verdict(
            promise.text, Outcome.KEPT, f"none of {n:,} requests failed", 0.0, n=n, right_side=True
        )
    if theirs is None or theirs.failed is None or len(theirs.failed) == 0:
        return Verdict(promise.text, Outcome.PENDING, "there is no champion to compare with")
    (failures, requests), (other_failures, other_requests) = _by_step(ours, theirs)
    ratio = rate_ratio(failures, requests, other_failures, other_requests, (tail, tail))
    if np.isnan(ratio.value):
        reason = "no step had requests of both arms in which one failed"
        return Verdict(promise.text, Outcome.UNDECIDED, reason, n=n, right_side=True)
    what = f"{failed:,} of {n:,} requests failed, {int(theirs.failed.sum()):,} of "
    what += f"{len(theirs.failed):,} of the champion's; times as often, within each step: "
    return held(promise, ratio, what=what, interval=always(tail))


def _latency(bar: float, ours: Evidence, theirs: Evidence | None, tail: float) -> Verdict:
    promise = _promise(f"latency_p99 <= {bar:g} times the champion's", bar)
    if ours.latency_ms is None or len(ours.latency_ms) == 0:
        return Verdict(promise.text, Outcome.PENDING, "no latency was measured")
    if theirs is None or theirs.latency_ms is None or len(theirs.latency_ms) == 0:
        return Verdict(promise.text, Outcome.PENDING, "there is no champion to compare with")
    mine, other = (_quantile(arm.latency_ms, tail / 2) for arm in (ours, theirs))
    ratio = Estimate(
        _times(mine.value, other.value),
        max(_times(mine.low, other.high), 0.0),
        _times(mine.high, other.low) if other.low > 0 else np.inf,
        mine.n,
    )
    what = f"{mine.value:.3g} ms in {mine.n:,} requests, {other.value:.3g} ms in the champion's "
    return held(promise, ratio, what=f"{what}{other.n:,}: times ", interval=always(tail))


def always(tail: float) -> str:
    """What to call an interval that the truth ever leaves with this chance at either end."""
    return f"always-valid {100 * (1 - 2 * tail):.3g} % interval"


def _promise(text: str, bar: float) -> Promise:
    return Promise(text, "measure", None, "<=", bar)


def _quantile(latency_ms: Floats | None, tail: float) -> Estimate:
    ordered = np.sort(np.empty(0) if latency_ms is None else latency_ms)
    bounds = quantile_sequence(ordered, SHARE, (tail, tail))
    return Estimate(quantile(ordered, SHARE), *bounds, len(ordered))


def _times(ours: float, theirs: float) -> float:
    return ours / theirs if theirs > 0 else np.inf


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

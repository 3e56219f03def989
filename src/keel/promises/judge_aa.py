"""Whether two arms of one version fare alike, as they must."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from keel.metrics.catalog import find, unit
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.metrics.sequential.arm_drift import score_of_cases
from keel.metrics.sequential.arm_gain import arm_gain
from keel.metrics.sequential.no_sequence import no_sequence
from keel.metrics.sequential.rate_ratio import rate_ratio
from keel.metrics.sequential.sample_ratio import sample_ratio
from keel.metrics.sequential.spread_apart import spread_apart
from keel.promises.judge_canary import ALPHA
from keel.promises.look import Look, any_look
from keel.promises.verdict import Outcome, Verdict
from keel.spec.duration import show_figure
from keel.spec.promise import Measure

CHECKS = 3
"""Beside measures: the split, scores and failures."""


def judge_aa(
    a: Evidence,
    b: Evidence,
    measures: Sequence[Measure] = (),
    *,
    shares: tuple[float, float] = (0.5, 0.5),
    alpha: float = ALPHA,
) -> tuple[Verdict, ...]:
    """One verdict for the split, one for scores, one for failures, one per measure.

    A difference that is found is `broken`: assignment, features or the answer log treat the arms
    unlike, and no A/B of this system is to be believed. All other verdicts are `undecided` on the
    right side, as no number of cases proves that there is none. Any is `broken` falsely with a
    chance of at most `alpha`, over all checks and all calls together.

    a, b: cases in order of time. shares: how the split should be. A split is of units where cases
    have them, else of answers.
    """
    part = alpha / (CHECKS + len(measures))
    look = any_look(part / 2)
    return (
        _split(a, b, shares, part),
        _scores(a, b, part),
        _failures(a, b, look),
        *(_figure(measure, a, b, look) for measure in measures),
    )


def _split(a: Evidence, b: Evidence, shares: tuple[float, float], part: float) -> Verdict:
    counted = [len(arm) if arm.unit is None else len(np.unique(arm.unit)) for arm in (a, b)]
    things = "answers" if a.unit is None or b.unit is None else "units"
    evidence = sample_ratio(np.array(counted, dtype=np.float64), np.array(shares))
    n, due = sum(counted), shares[0] / sum(shares)
    if n == 0:
        return _pending("split as declared", "no answer has come yet")
    value = counted[0] / n
    reason = f"{counted[0]:,} of {n:,} {things}, {value:.4g}, fell to the first arm, of which "
    reason += f"{due:.4g} are due: {evidence:.3g} times likelier under another split"
    return _judged("split as declared", not evidence * part < 1, reason, Estimate(value, 0, 1, n))


def _scores(a: Evidence, b: Evidence, part: float) -> Verdict:
    scores = score_of_cases(a), score_of_cases(b)
    if scores[0] is None or scores[1] is None:
        return _pending("scores alike", "lists of items have no score")
    found = spread_apart(scores[0], scores[1], part)
    if found.looks == 0:
        return _pending("scores alike", "too few answers have come yet")
    reason = f"{len(a):,} and {len(b):,} answers, {found.looks} looks: their distribution "
    reason += f"functions are {found.distance:.3g} apart at most"
    if found.size is not None:
        reason += f", which {found.size:,} of each told is no chance"
    figure = Estimate(found.distance, 0, 1, len(a) + len(b))
    return _judged("scores alike", found.size is not None, reason, figure)


def _failures(a: Evidence, b: Evidence, look: Look) -> Verdict:
    if a.failed is None or b.failed is None or not (len(a.failed) and len(b.failed)):
        return _pending("failures alike", "no request has come yet")
    ours, theirs = (np.array([arm.sum(), len(arm)], dtype=float) for arm in (a.failed, b.failed))
    ratio = rate_ratio(ours[:1], ours[1:], theirs[:1], theirs[1:], look.tails)
    reason = f"{int(a.failed.sum()):,} of {len(a.failed):,} and {int(b.failed.sum()):,} of "
    reason += f"{len(b.failed):,} requests failed"
    if not np.isnan(ratio.value):
        reason += f": times {ratio.value:.3g}, {look.name} {ratio.low:.3g} to {ratio.high:.3g}"
    return _judged("failures alike", not _holds(ratio, 1.0), reason, ratio)


def _figure(measure: Measure, a: Evidence, b: Evidence, look: Look) -> Verdict:
    if find(measure, a.task).asks_for_worst(measure):
        # Arms are compared as wholes: their worst groups need not be the same one.
        measure = replace(measure, by=None)
    unsettled = no_sequence(measure, a.task)
    if unsettled is not None:
        return _pending(f"{measure} alike", f"no interval holds at every look: {unsettled}")
    gain = arm_gain(measure, a, b, look.tails)
    if np.isnan(gain.low):
        return _pending(f"{measure} alike", "too few cases in any step of both arms")
    value, low, high = (show_figure(x, unit(measure)) for x in (gain.value, gain.low, gain.high))
    reason = f"{gain.n:,} answers of the first arm: better by {value}, {look.name} {low} to {high}"
    return _judged(f"{measure} alike", not _holds(gain, 0.0), reason, gain)


def _holds(figure: Estimate, value: float) -> bool:
    return not (figure.low > value or figure.high < value)


def _pending(name: str, reason: str) -> Verdict:
    return Verdict(name, Outcome.PENDING, reason)


def _judged(name: str, unlike: bool, reason: str, figure: Estimate) -> Verdict:
    outcome = Outcome.BROKEN if unlike else Outcome.UNDECIDED
    return Verdict(
        name,
        outcome,
        reason,
        float(figure.value),
        float(figure.low),
        float(figure.high),
        figure.n,
        right_side=not unlike,
    )

"""Promises held against a release where one of its steps ends: whether it may move on."""

from collections.abc import Sequence

import numpy as np
from scipy import special

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.sequential.bounds import ONCE
from keel.metrics.sequential.group_sequential import group_sequential
from keel.metrics.sequential.spending import spent_evenly
from keel.promises.health import Health
from keel.promises.judge_arms import bars, judge_arms
from keel.promises.judge_canary import ALPHA
from keel.promises.look import Look, sureness
from keel.promises.verdict import Verdict
from keel.spec.promise import Promise


def judge_step_end(
    promises: Sequence[Promise],
    challenger: Evidence,
    champion: Evidence | None = None,
    *,
    step: int,
    steps: int,
    alpha: float = ALPHA,
    health: Health | None = None,
) -> tuple[Verdict, ...]:
    """The verdicts to which `passes` is put when step number `step`, from 0, of `steps` ends.

    Intervals are those of a few planned looks, one at the end of each step, which are much
    narrower than those of `judge_canary`: with them about half the cases settle a promise. The
    chance that any promise is ever settled falsely at the end of a step is at most `alpha`, each
    way. It is spent evenly, as each end asks the same; a step that was extended spends its part
    again. What is broken here does not pass, and is no ground for rolling back at once.

    Raises ValueError for a step that there is not.
    """
    if not 0 <= step < steps:
        raise ValueError(f"there is no step {step} of {steps}: count from 0")
    health = Health() if health is None else health
    tail = alpha / max(bars(promises, health), 1)
    time = np.arange(1, step + 2) / steps
    bound = group_sequential(_information(challenger, step), spent_evenly(time, tail))[-1]
    nominal = float(special.ndtr(-bound))
    look = Look(ONCE, nominal, f"{sureness(nominal)} interval (look {step + 1} of {steps})")
    return judge_arms(promises, challenger, champion, health, look)


def _information(evidence: Evidence, step: int) -> Floats:
    """[step + 1] how much was known at the end of each step: cases so far, or equal parts."""
    equal = np.arange(1.0, step + 2)
    if evidence.step is None or len(evidence) == 0:
        return equal
    so_far = np.cumsum(np.bincount(np.clip(evidence.step, 0, step), minlength=step + 1))
    return so_far.astype(np.float64) if (np.diff(so_far, prepend=0) > 0).all() else equal

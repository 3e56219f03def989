"""A figure with its interval held against a promise's bar."""

import numpy as np

from keel.metrics.catalog import unit
from keel.metrics.estimate import Estimate
from keel.promises.verdict import Outcome, Verdict
from keel.spec.duration import show_figure
from keel.spec.promise import Promise


def held(
    promise: Promise,
    figure: Estimate,
    *,
    what: str = "",
    interval: str = "95 % interval",
    none: str = "too few cases for an interval",
) -> Verdict:
    """Kept if the whole interval is on the right side of the bar, broken if on the wrong side.

    what: said before the figure. interval: what kind it is. none: said where there is none.
    """
    low, high, value = float(figure.low), float(figure.high), float(figure.value)
    bar = promise.bar
    # Written so that a NaN, which fails every comparison, neither keeps nor breaks a promise.
    if promise.comparison == ">=":
        kept, broken, right = low >= bar, high < bar, value >= bar
    elif promise.comparison == ">":
        kept, broken, right = low > bar, high <= bar, value > bar
    elif promise.comparison == "<=":
        kept, broken, right = high <= bar, low > bar, value <= bar
    else:
        kept, broken, right = high < bar, low >= bar, value < bar
    outcome = Outcome.KEPT if kept else Outcome.BROKEN if broken else Outcome.UNDECIDED
    return Verdict(
        promise.text,
        outcome,
        _reason(outcome, promise, figure, right, (what, interval, none)),
        value,
        low,
        high,
        figure.n,
        right_side=right,
        unit=unit(promise.measure),
    )


def _reason(
    outcome: Outcome, promise: Promise, figure: Estimate, right: bool, words: tuple[str, str, str]
) -> str:
    if np.isnan(figure.value):
        return "the figure does not exist on these cases"
    numbers = (figure.value, figure.low, figure.high, promise.bar)
    value, low, high, least = (show_figure(n, unit(promise.measure)) for n in numbers)
    bar = f"{promise.comparison} {least}"
    what, interval, none = words
    found = f"{what}{value}, {interval} {low} to {high}"
    if np.isnan(figure.low) or np.isnan(figure.high):
        found = f"{what}{value}, {none}"
    if outcome is Outcome.KEPT:
        return f"{found}: all of it is {bar}"
    if outcome is Outcome.BROKEN:
        return f"{found}: none of it is {bar}"
    side = "right" if right else "wrong"
    return f"{found}: it does not settle {bar}; the figure is on the {side} side"

"""From a declared decision to thresholds on a calibrated probability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.errors import DeclarationError
from keel.spec.decision import Decision, Rule

Floats = NDArray[np.float64]

DEFAULT = Decision((Rule("f1", "f1"),))


@dataclass(frozen=True)
class Threshold:
    """A case is flagged when its probability is at least `value`.

    `action` names what is then done ("" when the decision names none); `words` tells how the
    value was chosen and what it reached on the out-of-fold predictions.
    """

    value: float
    rule: str
    words: str
    action: str = ""


def check_decision(decision: Decision | None, classes: Sequence[str]) -> None:
    """Raises DeclarationError for a decision about anything but two classes."""
    if decision is not None and len(classes) != 2:
        what = f"{len(classes)} classes" if classes else "a value"
        raise DeclarationError(
            [f"decide: a threshold needs a label with two classes, and this has {what}: remove it"]
        )


def choose_thresholds(
    decision: Decision,
    probability: Floats,
    label: NDArray[np.int64],
    days: float | None,
) -> tuple[Threshold, ...]:
    """One threshold per rule, from out-of-fold predictions at natural prevalence.

    probability, label: [n] of the positive class, calibrated. days: how long the n cases took,
    needed for a budget per day. Raises DeclarationError when such a budget has no time column or
    the thresholds of several actions do not rise.
    """
    actions = decision.actions[1:] or ("",) * len(decision.rules)
    ladder = _Ladder.of(probability, label)
    thresholds = tuple(
        _choose(rule, ladder, days, action)
        for rule, action in zip(decision.rules, actions, strict=True)
    )
    check_rising(thresholds)
    return thresholds


def check_rising(thresholds: Sequence[Threshold]) -> None:
    """Raises DeclarationError where a later action begins at a lower score."""
    values = [threshold.value for threshold in thresholds]
    if values != sorted(values):
        told = ", ".join(f"{t.action}: {t.rule} -> {t.value:.4f}" for t in thresholds)
        raise DeclarationError(
            [f"decide: thresholds must rise from action to action, but {told}; reorder the rules"]
        )


@dataclass(frozen=True, eq=False)
class _Ladder:
    """Every threshold that separates the cases differently, from the highest down.

    flagged, hits: [m] how many cases, and how many positives, are at or above values[i].
    """

    values: Floats
    flagged: Floats
    hits: Floats
    positives: int
    total: int
    highest: float

    @classmethod
    def of(cls, probability: Floats, label: NDArray[np.int64]) -> "_Ladder":
        order = np.argsort(-probability, kind="stable")
        sorted_probability = probability[order]
        ends = np.flatnonzero(np.append(np.diff(sorted_probability) != 0, True))
        hits = np.cumsum(label[order] == 1)[ends].astype(np.float64)
        highest = sorted_probability[ends]
        # Halfway to the next lower score, so that a score that moves by rounding stays put.
        between = np.append((highest[:-1] + highest[1:]) / 2, highest[-1])
        return cls(
            between.astype(np.float32).astype(np.float64),
            (ends + 1).astype(np.float64),
            hits,
            int((label == 1).sum()),
            len(label),
            float(highest[0]),
        )

    @property
    def precision(self) -> Floats:
        return self.hits / self.flagged

    @property
    def recall(self) -> Floats:
        return self.hits / max(self.positives, 1)

    def describe(self, at: int) -> str:
        return (
            f"precision {self.precision[at]:.3f}, recall {self.recall[at]:.3f}, "
            f"{self.flagged[at]:,.0f} of {self.total:,} flagged"
        )


def _choose(rule: Rule, ladder: _Ladder, days: float | None, action: str) -> Threshold:
    if rule.kind == "threshold":
        return Threshold(rule.level, rule.text, "as declared", action)
    at, note = _position(rule, ladder, days)
    if at is None:
        above = float(np.nextafter(np.float32(max(1.0, ladder.highest)), np.float32(np.inf)))
        return Threshold(above, rule.text, f"nothing is flagged: {note}", action)
    words = f"{note}out of fold: {ladder.describe(at)}"
    return Threshold(float(ladder.values[at]), rule.text, words, action)


def _position(rule: Rule, ladder: _Ladder, days: float | None) -> tuple[int | None, str]:
    if rule.kind == "f1":
        f1 = 2 * ladder.hits / (ladder.flagged + ladder.positives)
        return int(np.argmax(f1)), ""
    if rule.kind == "recall":
        return int(np.argmax(ladder.recall >= rule.level)), ""
    if rule.kind == "precision":
        reached = np.flatnonzero(ladder.precision >= rule.level)
        if len(reached):
            return int(reached[-1]), ""
        best = int(np.argmax(ladder.precision))
        return best, f"precision {rule.level:g} is out of reach, the highest is taken; "
    if rule.kind == "cost":
        missed = ladder.positives - ladder.hits
        cost = (ladder.flagged - ladder.hits) * rule.false_positive + missed * rule.false_negative
        at = int(np.argmin(cost))
        if cost[at] >= ladder.positives * rule.false_negative:
            return None, "no threshold costs less than letting every case pass"
        return at, f"cost {cost[at] / ladder.total:.4f} a case; "
    return _within_budget(rule, ladder, days)


def _within_budget(rule: Rule, ladder: _Ladder, days: float | None) -> tuple[int | None, str]:
    if rule.per_day and days is None:
        raise DeclarationError(
            [f"decide: {rule.text!r} needs a time column: add `time:` to the table under `data:`"]
        )
    of_all = rule.kind == "alerts"
    total = ladder.total if of_all else ladder.total - ladder.positives
    budget = rule.level * (days or 0.0) if rule.per_day else rule.level * total
    spent = ladder.flagged if of_all else ladder.flagged - ladder.hits
    affordable = np.flatnonzero(spent <= budget)
    if not len(affordable):
        return None, f"even the highest score alone exceeds the budget of {budget:g} cases"
    return int(affordable[-1]), ""

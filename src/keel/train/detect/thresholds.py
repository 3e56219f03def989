"""From a declared decision to the anomaly scores from which cases are alerts."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from keel.errors import DeclarationError
from keel.spec.decision import Decision, Rule
from keel.tasks.detect import ENOUGH
from keel.tasks.task import Label
from keel.train.detect.normal_tail import fit_normal_tail
from keel.train.detect.traffic import Traffic
from keel.train.threshold import Threshold, check_rising, choose_thresholds

Floats = NDArray[np.float64]

BY_LABELS = ("f1", "precision", "recall", "cost")
WITHOUT_LABELS = Decision((Rule("false_alarms <= 1%", "false_alarms", level=0.01),))
WITH_LABELS = Decision((Rule("f1", "f1"),))


def default_decision(label: Label) -> Decision:
    """By F1 where enough anomalies are known among the scored cases, else by an expected rate of
    false alarms."""
    odd = int(label.values[label.known].sum())
    return WITH_LABELS if ENOUGH <= odd < int(label.known.sum()) else WITHOUT_LABELS


def check_rules(decision: Decision, label: Label, traffic: Traffic) -> None:
    """Raises DeclarationError for each rule that needs labels or times that are not there."""
    problems = []
    for rule in decision.rules:
        if rule.kind in BY_LABELS and not label.values[label.known].any():
            problems.append(
                f"decide: {rule.text!r} needs anomalies that a label names, and none is known "
                f"among the {len(label.values):,} cases to decide on: write "
                "`alerts <= N per day` or `false_alarms <= 1%`"
            )
        if rule.per_day and traffic.days is None:
            problems.append(
                f"decide: {rule.text!r} needs a time column: add `time:` to the table under "
                "`data:`, or give the budget as a share of the rows: "
                f"`{rule.kind} <= 1%`"
            )
    if problems:
        raise DeclarationError(problems)


def choose_alert_thresholds(
    decision: Decision, scores: Floats, label: Label, traffic: Traffic
) -> tuple[Threshold, ...]:
    """One threshold per rule, from [n] out-of-fold scores at their natural rates.

    Rules by labels look at the cases whose label is known, all others at all cases. Raises
    DeclarationError as `check_rules` does, and where thresholds do not rise.
    """
    check_rules(decision, label, traffic)
    actions = decision.actions[1:] or ("",) * len(decision.rules)
    thresholds = tuple(
        replace(_choose(rule, scores, label, traffic), action=action)
        for rule, action in zip(decision.rules, actions, strict=True)
    )
    check_rising(thresholds)
    return thresholds


def _choose(rule: Rule, scores: Floats, label: Label, traffic: Traffic) -> Threshold:
    if rule.kind == "threshold":
        return Threshold(rule.level, rule.text, f"as declared; {_flagged(scores, rule.level)}")
    if rule.kind in BY_LABELS:
        return _by_labels(rule, scores, label, traffic)
    share = _rate(rule, len(scores), traffic)
    if rule.kind == "alerts":
        return _cut(rule, scores, share)
    return _by_tail(rule, scores, scores[~(label.known & (label.values == 1))], share)


def _by_labels(rule: Rule, scores: Floats, label: Label, traffic: Traffic) -> Threshold:
    known = label.known
    days = None if traffic.days is None else traffic.days * traffic.share
    plain = Decision((rule,))
    [chosen] = choose_thresholds(plain, scores[known], label.values[known].astype(np.int64), days)
    return chosen


def _rate(rule: Rule, cases: int, traffic: Traffic) -> float:
    """The share of cases that the budget allows."""
    if not rule.per_day or traffic.days is None:
        return rule.level
    return min(rule.level * traffic.days * traffic.share / cases, 1.0)


def _cut(rule: Rule, scores: Floats, share: float) -> Threshold:
    """The lowest threshold that flags at most this share of the cases."""
    ordered = np.sort(scores)[::-1]
    most = int(np.floor(share * len(scores) + 1e-9))
    # Scores equal to the first that is over budget stay below, all of them.
    above = ordered[: most + 1] if most < len(ordered) else np.append(ordered, -np.inf)
    within = above[above > above[-1]]
    if not len(within):
        value = float(np.nextafter(np.float32(ordered[0]), np.float32(np.inf)))
        words = f"nothing is flagged: the highest scores alone exceed the budget of {most} cases"
        return Threshold(value, rule.text, words)
    middle = float(within[-1]) if np.isinf(above[-1]) else float(within[-1] + above[-1]) / 2
    value = float(np.float32(middle))
    value = value if value > above[-1] else float(within[-1])
    return Threshold(value, rule.text, _flagged(scores, value))


def _by_tail(rule: Rule, scores: Floats, usual: Floats, rate: float) -> Threshold:
    """usual: the scores of all cases but the known anomalies."""
    tail = fit_normal_tail(usual)
    if tail is None:
        cut = _cut(rule, usual, rate)
        return replace(cut, words=f"too few different scores to fit a tail: {cut.words}")
    value = float(np.float32(tail.exceeded_by(rate)))
    words = (
        f"{rate:.3g} of normal cases are expected above, by a generalised Pareto tail from "
        f"{tail.start:.4g} on (shape {tail.shape:.2g}, scale {tail.scale:.3g}), "
        f"{tail.anomalies:,} far scores set aside; {_flagged(scores, value)}"
    )
    return Threshold(value, rule.text, words)


def _flagged(scores: Floats, value: float) -> str:
    return f"out of fold: {int((scores >= value).sum()):,} of {len(scores):,} flagged"

"""One column that alone beats all the others together."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.rivals import additive, together
from keel.evaluate.leakage.target import Floats, judge
from keel.spec.kinds import Kind

LEAST_OTHERS = 4
"""Against fewer columns it means little to be the strongest."""
LEAST_ROWS = 50
STRONG = {True: 0.75, False: 0.65}
"""What a column must reach alone (ROC AUC, R2) before it is worth a suspicion."""
TWIN = 0.97
BEYOND = 1.96
FEW_VALUES = 40
HALF = 0.5
EASY = 0.95
"""What the others reach where the problem is so easy that halves of the rest mean little."""


@dataclass(frozen=True)
class _Contest:
    """What the column reaches alone, the others together, and all; error of the difference of
    the first two."""

    alone: float
    others: float
    error: float
    whole: float


def find(context: Context) -> list[Finding]:
    """The strongest column, if the rest together are no match for it.

    That is so if it beats them beyond the 95 % interval of the difference; or if they do not beat
    it, and adding it to them takes away half of what they leave unexplained. Columns that say the
    same (a duration in seconds and in minutes) count as one. A column of few values must itself
    leave at most half of what the others do: an hour of the day or a plan may well matter more
    than everything else, while a measurement that does was as a rule taken with the outcome.
    """
    names = [c.name for c in context.columns if c.name not in context.accused]
    is_class = bool(context.examples.classes)
    scores = {name: context.one_column(name).score for name in names}
    scores = {name: score for name, score in scores.items() if not np.isnan(score)}
    if not scores:
        return []
    best = max(scores, key=lambda name: scores[name])
    if not scores[best] >= STRONG[is_class]:
        return []
    twins = [name for name in names if name == best or _same(context, best, name)]
    others = [name for name in names if name not in twins]
    if len(others) < LEAST_OTHERS:
        return []
    contest = _contest(context, best, others)
    if contest is None:
        return []
    few = context.one_column(best).distinct <= FEW_VALUES
    if few and not 1 - contest.alone <= HALF * (1 - contest.others):
        return []
    return [_finding(context, twins, contest, len(others))]


def _contest(context: Context, best: str, others: list[str]) -> _Contest | None:
    """The strongest column held against the others, if they are no match for it."""
    alone, shares = judge(context.target, context.one_column(best).predict(context.fold))
    for rival in (additive, together):
        value, rival_shares = judge(context.target, rival(context, others))
        error = _error(shares - rival_shares)
        if not alone - value + BEYOND * error > 0:
            return None
    whole, whole_shares = judge(context.target, together(context, [*others, best]))
    contest = _Contest(alone, value, error, whole)
    if alone - value - BEYOND * error > 0:
        return contest
    if value > EASY:
        return None
    halved = whole - (HALF * value + 1 - HALF)
    sure = halved - BEYOND * _error(whole_shares - HALF * rival_shares) > 0
    return contest if sure else None


def _same(context: Context, name: str, other: str) -> bool:
    """Whether two columns put the rows in one order, forwards or backwards."""
    if Kind.CATEGORY in (context.kind(name), context.kind(other)):
        return False
    mine, theirs = context.values(name), context.values(other)
    known = ~(np.isnan(mine) | np.isnan(theirs))
    if known.sum() < LEAST_ROWS:
        return False
    mine, theirs = rankdata(mine[known]), rankdata(theirs[known])
    spread = mine.std() * theirs.std()
    return bool(spread > 0 and abs(np.corrcoef(mine, theirs)[0, 1]) >= TWIN)


def _error(shares: Floats) -> float:
    return float(shares.std() / np.sqrt(len(shares)))


def _finding(context: Context, twins: list[str], contest: _Contest, others: int) -> Finding:
    taken = 1 - (1 - contest.whole) / (1 - contest.others)
    return Finding(
        "unrivalled",
        tuple(twins),
        Severity.SUSPECT,
        f"{context.target.measure} of {' or '.join(twins)} alone {contest.alone:.3f}, of the "
        f"{others} other columns together {contest.others:.3f} (difference "
        f"{contest.alone - contest.others:+.3f}, 95 % within ±{BEYOND * contest.error:.3f}), of "
        f"all together {contest.whole:.3f}, so that it takes away {taken:.0%} of what the others "
        f"leave unexplained; cross-validated on {len(context.rows):,} training rows",
        "what knows as much as everything else together is often recorded with the outcome, not "
        "before it",
        ignore(twins, "it is known when the prediction is asked for"),
    )

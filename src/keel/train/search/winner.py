"""Which candidate wins: the simplest within one standard error of the best."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from keel.errors import DeclarationError
from keel.train.imbalance.method import intrusion
from keel.train.search.candidate import Candidate


@dataclass(frozen=True)
class Choice:
    """The winner and why, in words."""

    winner: Candidate
    why: str


GapError = Callable[[Candidate, Candidate], float]
"""Standard error of the difference of two scores."""


def choose_winner(
    candidates: Sequence[Candidate],
    simplicity: Sequence[str],
    *,
    higher: bool,
    measure: str,
    gap_error: GapError | None = None,
) -> Choice:
    """The simplest algorithm with a candidate within one standard error of the best.

    gap_error: of the difference to the best, where the same cases tell it; else the error of the
    best one's own score.

    `simplicity` lists algorithms, the simplest first. Of its candidates that near, the best of
    those with the least intrusive treatment of imbalance: ten models on draws of the rows must be
    better than one on all of them by more than chance. Candidates that were pruned or whose score
    is NaN cannot win. Source: Breiman et al. 1984, Classification and Regression Trees, 3.4.3.
    """
    sign = 1.0 if higher else -1.0
    scored = [c for c in candidates if not c.pruned and c.score == c.score]
    if not scored:
        told = f"train.metric: {measure} does not exist on every validation fold: choose another"
        raise DeclarationError([f"{told} metric, fewer folds, or `split: {{by: random}}`"])
    best = max(scored, key=lambda c: sign * c.score)
    per_algorithm: dict[str, Candidate] = {}
    for candidate in scored:
        held = per_algorithm.get(candidate.algorithm)
        if held is None or sign * candidate.score > sign * held.score:
            per_algorithm[candidate.algorithm] = candidate

    def is_near(candidate: Candidate) -> bool:
        error = best.standard_error if gap_error is None else gap_error(candidate, best)
        reach = error if error == error else 0.0
        return sign * candidate.score >= sign * best.score - reach

    near = [c for c in per_algorithm.values() if c is best or is_near(c)]
    simplest = min(near, key=lambda c: simplicity.index(c.algorithm)).algorithm
    alike = [c for c in scored if c.algorithm == simplest and (c is best or is_near(c))]
    winner = min(alike, key=lambda c: (intrusion(c.recipe.imbalance), -sign * c.score))
    return Choice(winner, _words(winner, best, near, per_algorithm, sign, measure))


def _words(
    winner: Candidate,
    best: Candidate,
    near: Sequence[Candidate],
    everyone: dict[str, Candidate],
    sign: float,
    measure: str,
) -> str:
    shown = _scored(winner)
    if winner.algorithm == best.algorithm and winner is not best:
        treated, untreated = best.recipe.imbalance, winner.recipe.imbalance
        return (
            f"{winner.algorithm} ({measure} {shown}) with imbalance {untreated}: {treated} is "
            f"better by less than one standard error ({_scored(best)})"
        )
    if winner is not best:
        return (
            f"{winner.algorithm} ({measure} {shown}) is the simplest of {len(near)} algorithms "
            f"within one standard error of the best, {best.algorithm} ({_scored(best)})"
        )
    others = [c for c in everyone.values() if c is not best]
    if not others:
        return f"{winner.algorithm} ({measure} {shown}) was the only candidate"
    second = max(others, key=lambda c: sign * c.score)
    reason = (
        "nothing simpler comes within one standard error"
        if len(near) == 1
        else "the others within one standard error are not simpler"
    )
    return (
        f"{winner.algorithm} ({measure} {shown}) is the best, and {reason}; "
        f"next comes {second.algorithm} ({_scored(second)})"
    )


def _scored(candidate: Candidate) -> str:
    """Score and standard error, to the error's second digit."""
    score, error = candidate.score, candidate.standard_error
    if not 0 < error < math.inf:
        return f"{score:.4g}"
    places = max(1 - math.floor(math.log10(error)), 0)
    return f"{score:,.{places}f} ± {error:,.{places}f}"

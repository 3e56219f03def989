"""Which detector wins where no label can tell: the one that the others agree with most."""

from collections.abc import Sequence

from keel.train.search.candidate import Candidate
from keel.train.search.winner import Choice


def most_agreeing(candidates: Sequence[Candidate]) -> Choice:
    """The candidate of most agreement, the first of equals.

    Not the simplest within one standard error of it, as for a learned label: nobody overfits to
    agreement, and the simplest detectors look at one column at a time.
    """
    best = max(candidates, key=lambda candidate: candidate.score)
    others = [c for c in candidates if c.algorithm != best.algorithm]
    if not others:
        return Choice(best, f"{best.algorithm} was the only detector")
    second = max(others, key=lambda candidate: candidate.score)
    return Choice(
        best,
        f"{best.algorithm} agrees most with the other detectors (rank correlation "
        f"{best.score:.3f}); next comes {second.algorithm} ({second.score:.3f})",
    )

"""Promises held against a release in flight, as often as one likes."""

from collections.abc import Sequence

from keel.metrics.evidence import Evidence
from keel.promises.health import Health
from keel.promises.judge_arms import bars, judge_arms
from keel.promises.look import any_look
from keel.promises.verdict import Verdict
from keel.spec.promise import Promise

ALPHA = 0.05
"""The chance that a release that keeps all its promises is ever rolled back."""


def judge_canary(
    promises: Sequence[Promise],
    challenger: Evidence,
    champion: Evidence | None = None,
    *,
    alpha: float = ALPHA,
    health: Health | None = None,
) -> tuple[Verdict, ...]:
    """One verdict per promise, in their order, then one per bar of `health`.

    May be called whenever evidence has grown: `broken` is said of a promise that is kept with a
    chance of at most `alpha`, over all promises and bars and all calls for one release together.
    They share `alpha` equally, so that promises and bars must stay the same within a release.
    Evidence is all that came since the release began. See `judge_arms` for what is compared.

    champion: None where there is none. health: None for the bars that Health has.
    """
    health = Health() if health is None else health
    tail = alpha / max(bars(promises, health), 1)
    return judge_arms(promises, challenger, champion, health, any_look(tail))

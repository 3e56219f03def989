"""What a challenger would have shown."""

import numpy as np

from keel.diagnose.chance import BAR, surprise_of_mean
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

LEAST_USERS = 10
BETTER = 0.02


def look(context: Context) -> Look:
    """The challenger asked the same: how much of the lists differ, and which of the two knows
    better what users did."""
    challenger = context.situation.challenger
    if challenger is None:
        return skipped("there is no challenger")
    probe = context.trial.probe
    if len(probe) < LEAST_USERS:
        return skipped(f"{len(probe)} users have a history to ask with: too few")
    given = probe.ask(lambda histories: context.trial.other(challenger, histories))
    agreement = float(probe.agreement(context.trial.asked, given).mean())
    own, its = probe.skill(context.trial.asked), probe.skill(given)
    more = its - own
    saw = [
        (
            f"{challenger.name} ({challenger.algorithm}) shows {agreement:.0%} of the same first "
            f"{probe.top}; it puts what a user did above what the user did not {its.mean():.1%} of "
            f"the time, {context.situation.model.name} {own.mean():.1%}"
        )
    ]
    if context.events.user is not None:
        history = context.events.histories.take(np.array([context.events.user]))
        score = context.trial.other(challenger, history)[0]
        if context.situation.serving.exclude_seen:
            score[history.item] = -np.inf
        best = np.argsort(-score, kind="stable")[: context.situation.serving.k]
        saw.append("to the user: " + "; ".join(context.items.name(int(item)) for item in best))
    surprise = surprise_of_mean(more)
    if more.mean() < BETTER or surprise < BAR:
        return Look(tuple(saw))
    finding = Finding(
        "worse than the challenger",
        Severity.NOTE,
        saw[0],
        "the version that answers is not the best there is",
        f"release {challenger.name}",
        surprise,
        float(more.mean()),
    )
    return Look(tuple(saw), (finding,))

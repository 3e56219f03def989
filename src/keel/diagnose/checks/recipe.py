"""Whether the version answers as its recorded recipe does."""

import numpy as np

from keel.diagnose.chance import BAR, surprise_of_mean
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped
from keel.diagnose.rivals import Rival, rivals

LEAST_USERS = 10
ALIKE = {True: 0.98, False: 0.9}
"""The share of answers in common that is no news: of a recipe fitted again, of a stand-in."""
LEAST_GAIN = 0.1
EXPLAINED = 0.5
"""The share of the answers that differ which a fault must account for."""
CHANCE = 0.5
LOST = 0.5
"""The share of what a model knows beyond chance that no other choice of recipe costs."""

ANY = 0.02
"""The same for a recipe that was fitted again on the same events."""

FOLLOWS = (
    "wrong neighbourhoods",
    "another model",
    "seen-filter off",
    "popularity feedback loop",
    "mislabelled items",
    "worse than the challenger",
)

ADVICE = {
    "shuffled item ids": (
        "a history is read as that of other items, and answers are written as other items",
        (
            "read and write ids with the list that the version was trained with; release it again "
            "from its folder"
        ),
    ),
    "train/serve id offset": (
        "histories are read as those of the items beside, and so are answers written",
        "count ids from the same number in training and in serving",
    ),
    "cosine for dot product": (
        (
            "the length of a vector says how much an item is used and how sure that is; without it "
            "rare items rise to the top"
        ),
        (
            "score by the dot product that the model was trained with; do not normalise vectors "
            "for the index"
        ),
    ),
    "inverted rating threshold": (
        "it recommends what users disliked",
        "keep the events at and above the threshold, not those below it, and train again",
    ),
}


def look(context: Context) -> Look:
    """The recorded recipe is fitted again; where the version answers otherwise, the fault is the
    one under which that recipe answers alike."""
    probe, reference = context.trial.probe, context.trial.reference
    if len(probe) < LEAST_USERS:
        return skipped(f"{len(probe)} users have a history to ask with: too few")
    skill, should = probe.skill(context.trial.asked), probe.skill(context.trial.expected)
    agreement = probe.agreement(context.trial.asked, context.trial.expected)
    model = context.situation.model
    saw = (
        (
            f"{model.name} answers with {model.algorithm}; to {len(probe):,} users it shows "
            f"{agreement.mean():.0%} of the first {probe.top} that {reference.name} shows"
        ),
        (
            f"it puts what a user did above what the user did not {skill.mean():.1%} of the time, "
            f"the reference {should.mean():.1%}"
        ),
    )
    if agreement.mean() >= ALIKE[reference.exact]:
        return Look(saw)
    best, gain = _nearest(context, agreement)
    surprise = surprise_of_mean(gain)
    least = EXPLAINED * (1 - agreement.mean()) if reference.exact else LEAST_GAIN
    if best is not None and gain.mean() >= least and surprise >= BAR:
        evidence = (
            f"the first {probe.top} are {(agreement + gain).mean():.0%} those of the recipe "
            f"{best.how}, and {agreement.mean():.0%} those of the recipe as recorded"
        )
        return Look(saw, (_finding(best, evidence, surprise, 1 - float(agreement.mean())),))
    lost = float((should - skill).mean() / max(float(should.mean()) - CHANCE, 1e-9))
    surprise = surprise_of_mean(should - skill)
    if lost > (ANY if reference.exact else LOST) and surprise >= BAR:
        return Look(saw, (_unknown(context, lost, surprise, float(agreement.mean())),))
    return Look(saw)


def _nearest(context: Context, agreement: np.ndarray) -> tuple[Rival | None, np.ndarray]:
    best, gain = None, np.zeros(len(agreement))
    for rival in rivals(context):
        more = context.trial.probe.agreement(context.trial.asked, rival.given) - agreement
        if more.mean() > gain.mean():
            best, gain = rival, more
    return best, gain


def _finding(best: Rival, evidence: str, surprise: float, affected: float) -> Finding:
    why, action = ADVICE[best.kind]
    return Finding(best.kind, Severity.CERTAIN, evidence, why, action, surprise, affected, FOLLOWS)


def _unknown(context: Context, lost: float, surprise: float, agreement: float) -> Finding:
    ids = lost > LOST
    name = context.trial.reference.name
    return Finding(
        "shuffled item ids" if ids else "another model",
        Severity.SUSPECT,
        f"the version knows {lost:.0%} less of what users did than {name} does, "
        f"and shares {agreement:.0%} of its answers",
        "it is asked with, or answers with, ids that are not those it learned"
        if ids
        else "what answers is not what was trained",
        "compare the list of ids in the version with the one that is served"
        if ids
        else "reproduce the version: keel reproduce; release it again from its folder",
        surprise,
        1 - agreement,
        FOLLOWS,
    )

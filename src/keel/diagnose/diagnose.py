"""Explains what is wrong with a recommender's answers, step by step."""

from keel.diagnose.catalogue import STEPS
from keel.diagnose.context import Context
from keel.diagnose.diagnosis import Diagnosis, Step
from keel.diagnose.finding import Finding
from keel.diagnose.rank import rank
from keel.diagnose.situation import Situation
from keel.errors import InputError


def diagnose(situation: Situation) -> Diagnosis:
    """Look at everything in order. The same situation gives the same diagnosis.

    Raises InputError where the version records no event, or knows no item.
    """
    if not len(situation.trained) or not situation.model.catalogue:
        raise InputError(
            f"{situation.model.name} records {len(situation.trained)} events and "
            f"{len(situation.model.catalogue)} items: there is nothing to explain; train it again"
        )
    context = Context(situation)
    findings: list[Finding] = []
    steps = []
    for title, checks in STEPS:
        saw: list[str] = []
        for check in checks:
            look = check(context)
            saw.extend(look.saw)
            findings.extend(look.findings)
        steps.append(Step(title, tuple(saw)))
    return Diagnosis(situation.model.name, situation.user, tuple(steps), rank(findings))

"""Verdicts on a release in flight, from the evidence of its arms."""

from collections.abc import Mapping
from dataclasses import replace

from keel.metrics.evidence import Evidence
from keel.promises.judge_canary import ALPHA, judge_canary
from keel.promises.verdict import Verdict
from keel.releases.release import CHAMPION, Kind, Release
from keel.spec.system import System


def judge_release(
    release: Release, system: System, arms: Mapping[str, Evidence]
) -> tuple[Verdict, ...]:
    """One verdict per promise and bar; none before the first answer.

    Of an A/B every version beside the champion is judged, each with its part of the chance of a
    false alarm, and its verdicts name it.
    """
    if release.kind is Kind.STEPS:
        shadow = release.shadow
        judged = [release.arms[0].name if shadow is None else shadow.name]
        champion = CHAMPION
    else:
        # The champion is the last of the arms if it is one of them.
        *judged, last = [arm.name for arm in release.arms]
        champion = last
        if release.arms[-1].number != release.champion:
            judged.append(last)
    rival = arms.get(champion)
    verdicts: list[Verdict] = []
    for name in judged:
        if name in arms:
            share = ALPHA / len(judged)
            found = judge_canary(system.promises, arms[name], rival, alpha=share)
            named = len(judged) > 1
            verdicts += [
                replace(verdict, promise=f"{name}: {verdict.promise}") if named else verdict
                for verdict in found
            ]
    return tuple(verdicts)

"""Verdicts on a release in flight, from the evidence of its arms."""

from collections.abc import Mapping
from dataclasses import replace

from keel.metrics.evidence import Evidence
from keel.promises.judge_aa import judge_aa
from keel.promises.judge_canary import ALPHA, judge_canary
from keel.promises.judge_step_end import judge_step_end
from keel.promises.verdict import Verdict
from keel.releases.release import CHAMPION, Kind, Release
from keel.spec.system import System

Arms = Mapping[str, Evidence]


def judge_release(release: Release, system: System, arms: Arms) -> tuple[Verdict, ...]:
    """One verdict per promise and bar, as often as one likes; none before the first answer.

    Of an A/B every version beside the champion is judged, each with its part of the chance of a
    false alarm, and its verdicts name it. Of an A/A, whether both arms fare alike.
    """
    if release.kind is Kind.STEPS:
        challenger = arms.get(released_arm(release))
        if challenger is None:
            return ()
        return judge_canary(system.promises, challenger, arms.get(CHAMPION))
    if release.kind is Kind.AA:
        return _judge_aa(release, system, arms)
    return _judge_ab(release, system, arms)


def judge_end(release: Release, system: System, arms: Arms) -> tuple[Verdict, ...]:
    """One verdict per promise and bar, where a step of a release ends: whether it may move on."""
    if release.kind is not Kind.STEPS:
        return judge_release(release, system, arms)
    challenger = arms.get(released_arm(release))
    if challenger is None:
        return ()
    return judge_step_end(
        system.promises,
        challenger,
        arms.get(CHAMPION),
        step=release.step,
        steps=len(release.steps) - 1,
    )


def released_arm(release: Release) -> str:
    """The name that the answers of the released version have in this step."""
    return release.arms[0].name if release.shadow is None else release.shadow.name


def _judge_aa(release: Release, system: System, arms: Arms) -> tuple[Verdict, ...]:
    first, second = release.arms
    if first.name not in arms or second.name not in arms:
        return ()
    measures = [
        promise.measure
        for promise in system.promises
        if promise.kind == "measure" and promise.measure is not None
    ]
    shares = (first.share, second.share)
    return judge_aa(arms[first.name], arms[second.name], measures, shares=shares)


def _judge_ab(release: Release, system: System, arms: Arms) -> tuple[Verdict, ...]:
    rivals = [arm.name for arm in release.arms if arm.number == release.champion]
    champion = arms.get(rivals[0]) if rivals else None
    judged = [arm.name for arm in release.arms if arm.name not in rivals]
    verdicts: list[Verdict] = []
    for name in judged:
        if name in arms:
            share = ALPHA / len(judged)
            found = judge_canary(system.promises, arms[name], champion, alpha=share)
            verdicts += [replace(v, promise=f"{name}: {v.promise}") for v in found]
    return tuple(verdicts)

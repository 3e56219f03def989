"""How often a release is rolled back though its versions are alike, looked at again and again.

Each made-up release answers with one model in both arms, step by step at 10, 25 and 50 %, and is
judged after every hundred answers of the challenger, with everything that came until then. Every
bar is just what the model truly reaches, or the champion's own, so that any broken promise is a
false alarm and none is further from being one than it must be. The same looks with intervals of a
single look stand beside.
"""

import argparse
from collections import Counter
from dataclasses import replace

import numpy as np
from scipy import special

from figures import Figure, report
from keel.metrics.bootstrap import point
from keel.metrics.evidence import Evidence, Integers
from keel.metrics.sequential.bounds import ONCE
from keel.promises.health import Health
from keel.promises.judge_arms import bars, judge_arms
from keel.promises.judge_canary import ALPHA, judge_canary
from keel.promises.look import Look
from keel.promises.verdict import Outcome, Verdict
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure, Promise, parse_promise

RELEASES = 1000
EVERY = 100
OURS = (200, 600, 1200)
THEIRS = (1800, 1800, 1200)
SHARE = 0.2
FAILING = 0.01
HEALTH = Health(errors=1.0, latency=1.0)

MEASURES = ("accuracy", "precision", "average_precision", "latency_p99")


def main() -> int:
    """Print the share of false alarms; 1 if it is over the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=RELEASES)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--beside", type=int, default=100, help="releases of the peer")
    given = parser.parse_args()
    promises = at_the_truth()
    seeds = range(given.first, given.first + given.releases)
    broken = [rolled_back(promises, seed, False) for seed in seeds]
    beside = [rolled_back(promises, seed, True) for seed in seeds[: given.beside]]
    print(Counter(name for names in broken for name in names))
    bar = ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / RELEASES)
    title = f"{given.releases:,} releases, {sum(OURS) // EVERY} looks, {len(promises)} promises"
    peers = {"intervals of one look": np.mean([bool(names) for names in beside])} if beside else {}
    share = float(np.mean([bool(names) for names in broken]))
    print(f"{sum(bool(names) for names in broken)} of {len(broken)}")
    return report([Figure(f"{title}: false alarms", share, float(bar), "lower", peers)], "A/A")


def at_the_truth() -> list[Promise]:
    """Bars that an endless number of cases would just keep."""
    endless = arm(np.random.default_rng(10**6), (2_000_000,))
    signs = {"latency_p99": "<="}
    texts = [
        f"{name} {signs.get(name, '>=')} {point(Measure(name), endless):.6f}" for name in MEASURES
    ]
    return [parse_promise(text) for text in [*texts, "beats champion on average_precision"]]


def arm(random: np.random.Generator, sizes: tuple[int, ...]) -> Evidence:
    """Cases of one arm in order of time, in steps of these sizes."""
    n = sum(sizes)
    label = (random.random(n) < SHARE).astype(np.int64)
    score = special.expit(random.normal(2 * label - 1.5, 1))
    step = np.repeat(np.arange(len(sizes)), sizes)
    return Evidence(
        TaskName.CLASSIFY,
        np.stack([1 - score, score], axis=1),
        label,
        "made up",
        ("no", "yes"),
        (score > 0.5).astype(np.int64),
        latency_ms=random.lognormal(1.0, 0.5, n),
        failed=random.random(n) < FAILING,
        step=step,
        request_step=step,
    )


def rolled_back(promises: list[Promise], seed: int, once: bool) -> set[str]:
    """The promises that are broken at the first look that finds any, if one does."""
    random = np.random.default_rng(seed)
    ours, theirs = arm(random, OURS), arm(random, THEIRS)
    for seen in range(EVERY, sum(OURS) + 1, EVERY):
        pair = first(ours, np.arange(seen)), first(theirs, until(seen))
        found = {v.promise for v in judged(promises, *pair, once) if v.outcome is Outcome.BROKEN}
        if found:
            return found
    return set()


def judged(
    promises: list[Promise], ours: Evidence, theirs: Evidence, once: bool
) -> tuple[Verdict, ...]:
    """The verdicts of one look; `once` as if it were the only one."""
    if not once:
        return judge_canary(promises, ours, theirs, health=HEALTH)
    look = Look(ONCE, ALPHA / bars(promises, HEALTH), "interval")
    return judge_arms(promises, ours, theirs, HEALTH, look)


def until(seen: int) -> Integers:
    """Rows of the champion when the challenger has given `seen` answers."""
    ends = np.cumsum((0, *OURS)), np.cumsum((0, *THEIRS))
    return np.arange(int(np.interp(seen, *ends)))


def first(evidence: Evidence, rows: Integers) -> Evidence:
    """These cases and their requests alone."""
    assert evidence.latency_ms is not None
    assert evidence.failed is not None
    assert evidence.request_step is not None
    return replace(
        evidence.take(rows),
        latency_ms=evidence.latency_ms[rows],
        failed=evidence.failed[rows],
        request_step=evidence.request_step[rows],
    )


if __name__ == "__main__":
    raise SystemExit(main())

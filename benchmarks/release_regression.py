"""How many labelled answers a real regression takes to be found, looking all the time.

Precision falls by 1, 2 or 5 points from 0.9: held against the bar, and against a champion with as
many answers. The median number of labelled answers of the challenger at the first look that finds
the promise broken stands beside the size of the best test of fixed size, which may look once: one
way, with a chance of 5 % of a false alarm and 90 % of finding it. Looks are taken after every ten
flagged answers. A promise alone has the whole 5 %; among eight bars, as every promise of a release
with four is, an eighth.

Runs are judged all at once by the same bounds; one of them is judged by `judge_canary` as well, and
must stop at the same look.
"""

import argparse
from dataclasses import replace

import numpy as np
from scipy import special

from figures import Figure, report
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.sequential.betting import OUTCOMES, log_wealth
from keel.metrics.sequential.mixture_bound import mixture_bound
from keel.promises.health import Health
from keel.promises.judge_canary import judge_canary
from keel.promises.verdict import Outcome
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_promise

RUNS = 500
BAR = 0.9
POINTS = (1, 2, 5)
EVERY = 10
ALPHA, POWER = 0.05, 0.90
TIMES = 2.0
AMONG = 8
NO_HEALTH = Health(None, None, None, None)


def main() -> int:
    """Print medians beside sizes; 1 if one is over twice the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    figures = []
    for points in POINTS:
        drop = points / 100
        for judge, size in ((against_bar, size_of_one), (against_champion, size_of_two)):
            fixed = size(drop)
            for bars in (1, AMONG):
                stops = judge(drop, ALPHA / bars, given.runs, int(12 * fixed))
                name = judge.__name__.replace("_", " ")
                title = f"{points} points, {name}, {bars} bars: times the fixed size"
                peers = {"fixed size": fixed, "median": float(np.median(stops))}
                late = float(np.mean(stops > TIMES * fixed))
                note = f"{late:.0%} of runs take longer than the bar"
                found = float(np.median(stops)) / fixed
                figures.append(Figure(title, found, TIMES, "lower", peers, note))
    check_by_judging()
    return report(figures, "Answers until a regression is found")


def against_bar(drop: float, tail: float, runs: int, most: int) -> Floats:
    """[runs] answers until betting on a lower precision has refuted the bar."""
    seen = np.arange(EVERY, most, EVERY)
    stops = np.empty(runs)
    for run in range(runs):
        wrong = failures(drop, run, seen)
        counts = np.stack([seen - wrong, wrong], axis=1)
        stops[run] = first(log_wealth(OUTCOMES / (1 - BAR) - 1, counts) >= -np.log(tail), seen)
    return stops


def against_champion(drop: float, tail: float, runs: int, most: int) -> Floats:
    """[runs] answers of the challenger until the difference of the arms is refuted to be 0."""
    seen = np.arange(EVERY, most, EVERY)
    stops = np.empty(runs)
    for run in range(runs):
        ours, theirs = failures(drop, run, seen) / seen, failures(0.0, run + 10**6, seen) / seen
        error = np.sqrt((ours * (1 - ours) + theirs * (1 - theirs)) / seen)
        with np.errstate(divide="ignore", invalid="ignore"):
            off = (ours - theirs) / error
        # Steps with fewer than 30 of the rarer class are not judged.
        rarer = seen * np.minimum(ours, theirs) >= 30
        stops[run] = first(rarer & (off > mixture_bound(seen * ours / 2, tail)), seen)
    return stops


def failures(drop: float, seed: int, seen: Integers) -> Integers:
    """Wrong ones among the flagged answers seen at each look."""
    random = np.random.default_rng(seed)
    return np.cumsum(random.binomial(EVERY, 1 - BAR + drop, len(seen)))


def first(found: np.ndarray, seen: Integers) -> float:
    """The answers seen at the first look that found it, infinite if none did."""
    return float(seen[np.argmax(found)]) if found.any() else np.inf


def size_of_one(drop: float) -> float:
    """Answers of a test of one share: Fleiss, Levin and Paik 2003, Statistical Methods for Rates
    and Proportions, equation 2.20 without continuity correction."""
    sure, found = -special.ndtri(ALPHA), special.ndtri(POWER)
    spread = sure * np.sqrt(BAR * (1 - BAR)) + found * np.sqrt((BAR - drop) * (1 - BAR + drop))
    return float((spread / drop) ** 2)


def size_of_two(drop: float) -> float:
    """Answers of either arm in a test of two shares: Fleiss, Levin and Paik 2003, equation 4.14
    without continuity correction."""
    sure, found = -special.ndtri(ALPHA), special.ndtri(POWER)
    middle = BAR - drop / 2
    apart = np.sqrt(BAR * (1 - BAR) + (BAR - drop) * (1 - BAR + drop))
    return float(((sure * np.sqrt(2 * middle * (1 - middle)) + found * apart) / drop) ** 2)


def check_by_judging() -> None:
    """The first run of 5 points, judged look by look as a release is."""
    drop, most = 0.05, int(12 * size_of_one(0.05))
    stop = against_bar(drop, ALPHA, 1, most)[0]
    wrong = np.diff(failures(drop, 0, np.arange(EVERY, most, EVERY)), prepend=0)
    label = np.concatenate([np.arange(EVERY) >= count for count in wrong]).astype(np.int64)
    output = np.tile([0.0, 1.0], (len(label), 1))
    evidence = Evidence(TaskName.CLASSIFY, output, label, "made up", ("no", "yes"))
    promise = [parse_promise(f"precision >= {BAR}")]
    for seen in range(EVERY, most, EVERY):
        rows = np.arange(seen)
        (verdict,) = judge_canary(promise, replace(evidence.take(rows)), health=NO_HEALTH)
        if verdict.outcome is Outcome.BROKEN:
            assert seen == stop, f"judged at {seen}, simulated at {stop}"
            return
    raise AssertionError("judge_canary never found the regression")


if __name__ == "__main__":
    raise SystemExit(main())

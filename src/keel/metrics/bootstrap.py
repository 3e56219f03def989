"""Figures with their uncertainty: every measure of one evidence, or of two compared."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from keel.metrics.catalog import find
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.group_interval import furthest_apart, worst_group, worst_tails
from keel.metrics.interval import BOTH, Tails, bca_interval, clopper_pearson
from keel.metrics.known_cases import known_cases
from keel.metrics.large_groups import large_groups
from keel.metrics.metric import Disparity, Metric
from keel.metrics.obstacle import obstacle
from keel.metrics.prepared import Prepared
from keel.metrics.quantile import quantile_estimate
from keel.metrics.spread import Spread, spread_figures, whole_figures
from keel.spec.promise import Measure

REPLICATES = 1000


def point(measure: Measure, evidence: Evidence) -> float:
    """The figure on these cases, from all distinct scores. NaN where it does not exist."""
    metric = find(measure, evidence.task)
    evidence = known_cases(metric, evidence)
    if obstacle(measure, evidence) is not None:
        return float("nan")
    if metric.asks_for_worst(measure):
        groups = [group for _, group in large_groups(measure.by or "", evidence)]
        values = [point(replace(measure, by=None), group) for group in groups]
        return worst_group(metric.better, [Estimate(v, v, v, 0) for v in values]).value
    return whole_figures([measure], Prepared(evidence))[0]


def estimate(
    measure: Measure, evidence: Evidence, *, seed: int = 0, replicates: int = REPLICATES
) -> Estimate:
    """The figure with its 95 % interval. See `estimates`, which shares the work for many."""
    return estimates([measure], evidence, seed=seed, replicates=replicates)[0]


def estimates(
    measures: Sequence[Measure],
    evidence: Evidence,
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> tuple[Estimate, ...]:
    """The figures with their 95 % intervals, in the order of `measures`.

    Plain shares and quantiles of single cases have exact intervals. All others are bootstrapped
    (bias-corrected and accelerated), drawing whole clusters where the evidence has them and whole
    days for figures per day. `by COLUMN` is the figure of the worst group of at least 20 cases:
    its bound towards better allows for the choice among groups, that towards worse needs not to.
    Cases without a known label are left out of figures that need one. n counts the trials of a
    plain share and the cases of anything else.

    Source: Efron and Tibshirani 1993, chapter 14; worst group: Berger 1982,
    doi:10.1080/00401706.1982.10487790.
    """
    return tuple(_Run(seed, replicates).figures(measures, evidence, BOTH))


def compare(
    measure: Measure,
    a: Evidence,
    b: Evidence,
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Estimate:
    """How much better `a` is than `b`, with its 95 % interval; positive is better.

    Row i of both is the same case, and both are resampled as `a` says. Latencies are not paired:
    their interval is put together from two.

    Raises ValueError if the numbers of cases differ. Source for latencies: Zou and Donner 2008,
    doi:10.1002/sim.3095.
    """
    metric = find(measure, a.task)
    run = _Run(seed, replicates)
    if not metric.paired:
        return _unpaired(*(run.figures([measure], evidence, BOTH)[0] for evidence in (a, b)))
    if len(a) != len(b):
        raise ValueError(f"evidence of {len(a)} and of {len(b)} cases cannot be paired")
    # What is drawn together, and when it happened, are facts of a case whoever answered it.
    b = replace(b, cluster=a.cluster, time=a.time)
    a, b = known_cases(metric, a), known_cases(metric, b)
    if obstacle(measure, a) or obstacle(measure, b):
        return _nothing(len(a))
    return run.difference(metric, measure, a, b)


class _Run:
    """One seed and one number of resamples for all figures."""

    def __init__(self, seed: int, replicates: int) -> None:
        self.seed = seed
        self.replicates = replicates

    def figures(
        self, measures: Sequence[Measure], evidence: Evidence, tails: Tails
    ) -> list[Estimate]:
        found: dict[int, Estimate] = {}
        together: dict[tuple[bool, bool], list[int]] = defaultdict(list)
        by_group: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, measure in enumerate(measures):
            metric = find(measure, evidence.task)
            cases = known_cases(metric, evidence)
            if obstacle(measure, cases) is not None:
                found[i] = _nothing(0)
            elif metric.disparity is not None:
                found[i] = self._furthest_apart(metric.disparity, measure, cases)
            elif metric.asks_for_worst(measure):
                by_group[measure.by or "", metric.better].append(i)
            else:
                known = _exact(metric, measure, cases, tails)
                if known is None:
                    together[measure.per_day, cases is evidence].append(i)
                else:
                    found[i] = known
        for (per_day, _), places in together.items():
            cases = known_cases(find(measures[places[0]], evidence.task), evidence)
            asked = [measures[i] for i in places]
            found |= zip(places, self._resampled(asked, cases, per_day, tails), strict=True)
        for (by, _), places in by_group.items():
            asked = [measures[i] for i in places]
            found |= zip(places, self._worst_groups(asked, evidence, by), strict=True)
        return [found[i] for i in range(len(measures))]

    def _resampled(
        self, measures: Sequence[Measure], evidence: Evidence, per_day: bool, tails: Tails
    ) -> list[Estimate]:
        prepared = Prepared(evidence)
        values = whole_figures(measures, prepared)
        return [
            _interval(measure, evidence, value, spread, tails)
            for measure, value, spread in zip(
                measures, values, self._spreads(measures, prepared, per_day), strict=True
            )
        ]

    def _spreads(
        self, measures: Sequence[Measure], prepared: Prepared, per_day: bool
    ) -> list[Spread]:
        return spread_figures(
            measures, prepared, per_day=per_day, seed=self.seed, replicates=self.replicates
        )

    def _worst_groups(
        self, measures: Sequence[Measure], evidence: Evidence, by: str
    ) -> list[Estimate]:
        metric = find(measures[0], evidence.task)
        evidence = known_cases(metric, evidence)
        groups = large_groups(by, evidence)
        tails = worst_tails(metric.better, len(groups))
        plain = [replace(measure, by=None) for measure in measures]
        figures = [self.figures(plain, group, tails) for _, group in groups]
        return [
            worst_group(find(measure, evidence.task).better, [figure[i] for figure in figures])
            for i, measure in enumerate(measures)
        ]

    def _furthest_apart(
        self, disparity: Disparity, measure: Measure, evidence: Evidence
    ) -> Estimate:
        groups = [group for _, group in large_groups(measure.by or "", evidence)]
        asked = measure.for_class is None and len(evidence.classes) > 2
        classes = evidence.classes if asked else (measure.for_class,)
        rates = [Measure(rate, for_class=c) for rate in disparity.rates for c in classes]

        def rates_of(tails: Tails) -> list[tuple[Estimate, ...]]:
            figures = [self.figures(rates, group, tails) for group in groups]
            return [
                tuple(f for f in rate if not np.isnan(f.value))
                for rate in zip(*figures, strict=True)
            ]

        return furthest_apart(rates_of, disparity.scale, len(evidence))

    def difference(self, metric: Metric, measure: Measure, a: Evidence, b: Evidence) -> Estimate:
        pair = (Prepared(a), Prepared(b))
        figures = np.array([whole_figures([measure], one)[0] for one in pair])
        ours, theirs = (self._spreads([measure], one, measure.per_day)[0] for one in pair)
        value = float(_gain(metric, figures[:1], figures[1:])[0])
        whole = float(_gain(metric, np.array([ours.whole]), np.array([theirs.whole]))[0])
        replicates = _gain(metric, ours.replicates, theirs.replicates)
        left_out = _gain(metric, ours.left_out, theirs.left_out)
        size = _size(metric, measure, a, ours.units)
        low, high = bca_interval(whole, replicates, left_out, size)
        if low == high and not np.array_equal(a.output, b.output):
            # No resample differs: as with no success in n trials, the next case still might.
            slack = clopper_pearson(0, size)[1]
            low, high = low - slack, high + slack
        return _around(value, low + value - whole, high + value - whole, len(a))


def _exact(metric: Metric, measure: Measure, evidence: Evidence, tails: Tails) -> Estimate | None:
    """The figure with its exact interval, None where there is no such thing."""
    if evidence.propensity is not None:
        return None
    if metric.exact is not None:
        return metric.exact(evidence, measure, tails)
    if metric.quantile is not None:
        return quantile_estimate(*metric.quantile(evidence), tails)
    if metric.proportion is None or evidence.cluster is not None:
        return None
    share = metric.proportion(evidence, measure)
    if share is None:
        return None
    successes, trials = share
    value = successes / trials if trials else float("nan")
    return Estimate(value, *clopper_pearson(successes, trials, tails), trials)


def _interval(
    measure: Measure, evidence: Evidence, value: float, spread: Spread, tails: Tails
) -> Estimate:
    metric = find(measure, evidence.task)
    size = _size(metric, measure, evidence, spread.units)
    if np.isnan(value):
        return _nothing(len(evidence))
    limits = metric.limits(evidence)
    if _all_agree(spread.replicates) and value in limits and np.isfinite(limits).all():
        # All resamples agree on the best or worst there is, which tells no more than that `size`
        # cases went one way: the interval of a share that is 0 or 1. Blocks of single cases do
        # not count as one: only clusters do.
        if evidence.cluster is None and not measure.per_day:
            size = _size(metric, measure, evidence, len(evidence))
        at = (value - limits[0]) / (limits[1] - limits[0])
        low, high = clopper_pearson(at * size, size, tails)
        width = limits[1] - limits[0]
        return Estimate(value, limits[0] + width * low, limits[0] + width * high, len(evidence))
    low, high = bca_interval(spread.whole, spread.replicates, spread.left_out, size, tails)
    shift = value - spread.whole
    if spread.noise is not None:
        # Cases can only raise such a figure by their noise, so that it lies at most that lower.
        low = spread.whole - float(np.quantile(spread.noise, 1 - tails[0]))
    low, high = np.clip([low + shift, high + shift], *limits)
    return _around(value, float(low), float(high), len(evidence))


def _all_agree(replicates: Floats) -> bool:
    existing = replicates[~np.isnan(replicates)]
    return len(existing) > 0 and float(np.ptp(existing)) == 0


def _size(metric: Metric, measure: Measure, evidence: Evidence, units: int) -> int:
    return units if metric.size is None else min(units, metric.size(evidence, measure))


def _around(value: float, low: float, high: float, n: int) -> Estimate:
    """An interval holds its figure, also where the bias of resamples would move it away."""
    return Estimate(value, float(np.minimum(low, value)), float(np.maximum(high, value)), n)


def _nothing(n: int) -> Estimate:
    return Estimate(float("nan"), float("nan"), float("nan"), n)


def _gain(metric: Metric, ours: Floats, theirs: Floats) -> Floats:
    """How much better ours is."""
    if metric.better == "zero":
        return np.abs(theirs) - np.abs(ours)
    return ours - theirs if metric.better == "higher" else theirs - ours


def _unpaired(ours: Estimate, theirs: Estimate) -> Estimate:
    """Lower is better. NaN if either has no figure."""
    value = theirs.value - ours.value
    low = value - np.hypot(theirs.value - theirs.low, ours.high - ours.value)
    high = value + np.hypot(theirs.high - theirs.value, ours.value - ours.low)
    return Estimate(value, float(low), float(high), min(ours.n, theirs.n))

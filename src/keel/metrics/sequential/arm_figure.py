"""A figure of one arm of a release, with its interval."""

from dataclasses import replace

import numpy as np
from scipy import special

from keel.metrics.catalog import find
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Integers
from keel.metrics.group_interval import furthest_apart, worst_group, worst_tails
from keel.metrics.interval import BOTH, Tails
from keel.metrics.known_cases import known_cases
from keel.metrics.large_groups import large_groups
from keel.metrics.metric import Disparity, Metric
from keel.metrics.obstacle import obstacle
from keel.metrics.quantile import quantile
from keel.metrics.sequential.bounds import ALWAYS, Bounds
from keel.metrics.sequential.no_sequence import no_sequence
from keel.metrics.sequential.pulls import Pulls, pulls
from keel.spec.promise import Measure

FEW = 30
"""Fewer independent cases than this are no ground for an asymptotic interval."""


def arm_figure(
    measure: Measure, evidence: Evidence, tails: Tails = BOTH, bounds: Bounds = ALWAYS
) -> Estimate:
    """The figure, and an interval that the truth leaves downwards or upwards with a chance of at
    most the two `tails`: ever, though one looks after every case, or with ONCE at a single look.

    Means of bounded values, shares among them, and quantiles of single cases have exact intervals
    (`betting`, `quantile_sequence`), all other figures asymptotic ones (`mixture_bound` on how far
    each case pulls them). Cases of one unit or
    cluster count as one. `by COLUMN` is the figure of the worst group, as in `estimates`. n counts
    the trials of a share and the cases of anything else.

    NaN where the figure does not exist; an interval of NaN where the cases are too few for one, or
    the figure has none: see `no_sequence`.
    """
    metric = find(measure, evidence.task)
    cases = known_cases(metric, evidence)
    if obstacle(measure, cases) is not None:
        return Estimate(np.nan, np.nan, np.nan, 0)
    if metric.disparity is not None:
        return _furthest_apart(metric.disparity, measure, cases, tails, bounds)
    if metric.asks_for_worst(measure):
        plain = replace(measure, by=None)
        groups = large_groups(measure.by or "", cases)
        each = worst_tails(metric.better, len(groups), tails)
        figures = [arm_figure(plain, one, each, bounds) for _, one in groups]
        return worst_group(metric.better, figures)
    return _plain(metric, measure, cases, tails, bounds)


def clusters_of(evidence: Evidence) -> Integers | None:
    """[n] codes of the clusters or units of cases; None where each case stands alone."""
    column = evidence.unit if evidence.cluster is None else evidence.cluster
    if column is None:
        return None
    names, code = np.unique(column, return_inverse=True)
    return None if len(names) == len(code) else code.astype(np.int64, copy=False)


def evenness(evidence: Evidence) -> float:
    """How many equal cases tell as much as these with their weights do, as a part of them.

    Source: Kish 1965, Survey Sampling, section 11.7.
    """
    if evidence.propensity is None or len(evidence) == 0:
        return 1.0
    weight = 1 / evidence.propensity
    return float(weight.sum() ** 2 / np.square(weight).sum() / len(weight))


def _plain(
    metric: Metric, measure: Measure, evidence: Evidence, tails: Tails, bounds: Bounds
) -> Estimate:
    if metric.paired and (clusters_of(evidence) is not None or evidence.propensity is not None):
        return _asymptotic(metric, measure, evidence, tails, bounds)
    if metric.quantile is not None:
        values, share = metric.quantile(evidence)
        low, high = bounds.quantile(np.sort(values), share, tails)
        return Estimate(quantile(values, share), max(low, metric.lowest), high, len(values))
    if metric.proportion is not None:
        counted = metric.proportion(evidence, measure)
        if counted is not None:
            successes, trials = counted
            value = successes / trials if trials else float("nan")
            return Estimate(value, *bounds.share(successes, trials, tails), trials)
    if metric.mean is not None and bounds.mean is not None:
        values = metric.mean(evidence, measure)
        value = float(values.mean()) if len(values) else float("nan")
        return Estimate(value, *bounds.mean(values, tails, *metric.limits(evidence)), len(values))
    return _asymptotic(metric, measure, evidence, tails, bounds)


def _asymptotic(
    metric: Metric, measure: Measure, evidence: Evidence, tails: Tails, bounds: Bounds
) -> Estimate:
    n, cluster = len(evidence), clusters_of(evidence)
    clusters = n if cluster is None else int(cluster.max()) + 1
    figure = pulls(measure, evidence, np.arange(n) if cluster is None else cluster, clusters)
    size = clusters if metric.size is None else min(clusters, metric.size(evidence, measure))
    size = int(size * evenness(evidence))
    if no_sequence(measure, evidence.task) is not None or size < FEW:
        return Estimate(figure.value, np.nan, np.nan, n)
    low, high = _interval(figure, metric.limits(evidence), size, tails, bounds)
    return Estimate(figure.value, low, high, n)


def _interval(
    figure: Pulls, limits: tuple[float, float], size: int, tails: Tails, bounds: Bounds
) -> tuple[float, float]:
    """So many standard errors to either side; of a figure with two limits on the scale of its
    log-odds, where it is nearer to normal."""
    errors = np.array([bounds.errors(size, tail) for tail in tails]) * (-1.0, 1.0)
    lowest, width = limits[0], limits[1] - limits[0]
    if not np.isfinite(width):
        error = figure.error if figure.error > 0 else np.nan
        low, high = np.clip(figure.value + errors * error, *limits)
        return float(low), float(high)
    share = (figure.value - lowest) / width
    if figure.error == 0:
        # Cases that all agree are no proof that the next one will.
        low, high = bounds.share(share * size, size, tails)
        return lowest + width * low, lowest + width * high
    # Half a case for and half a case against keep the odds finite.
    share = (share * size + 0.5) / (size + 1)
    odds = np.log(share / (1 - share)) + errors * figure.error / width / (share * (1 - share))
    low, high = lowest + width * special.expit(odds)
    return min(float(low), figure.value), max(float(high), figure.value)


def _furthest_apart(
    disparity: Disparity, measure: Measure, evidence: Evidence, tails: Tails, bounds: Bounds
) -> Estimate:
    groups = [group for _, group in large_groups(measure.by or "", evidence)]
    asked = measure.for_class is None and len(evidence.classes) > 2
    classes = evidence.classes if asked else (measure.for_class,)
    rates = [Measure(rate, for_class=one) for rate in disparity.rates for one in classes]

    def rates_of(each: Tails) -> list[tuple[Estimate, ...]]:
        figures = [[arm_figure(rate, group, each, bounds) for group in groups] for rate in rates]
        return [tuple(f for f in row if not np.isnan(f.value)) for row in figures]

    return furthest_apart(rates_of, disparity.scale, len(evidence), tails)

"""Time to detect: how long an incident lasts before it is flagged."""

import numpy as np

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails
from keel.metrics.metric import DETECT, Metric
from keel.metrics.prepared import decided
from keel.metrics.quantile import quantile, quantile_estimate
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def delays_ms(evidence: Evidence) -> Floats:
    """Of each incident, milliseconds from its first case to the first of its cases that is
    flagged; infinite where none is. Incidents are runs of anomalies in order of time, within a
    unit where cases have one; cases without a time are left out."""
    if evidence.time is None:
        return np.empty(0)
    placed = np.flatnonzero(~np.isnat(evidence.time))
    unit = np.zeros(len(evidence), dtype=np.int64)
    if evidence.unit is not None:
        unit = np.unique(evidence.unit, return_inverse=True)[1]
    rows = placed[np.lexsort((evidence.time[placed], unit[placed]))]
    odd = evidence.label[rows] == 1
    goes_on = np.zeros(len(rows), dtype=bool)
    goes_on[1:] = odd[1:] & odd[:-1] & (unit[rows][1:] == unit[rows][:-1])
    starts = np.flatnonzero(odd & ~goes_on)
    incident = np.cumsum(odd & ~goes_on) - 1
    found = np.flatnonzero(odd & (decided(evidence)[rows] == 1))
    first = np.full(len(starts), len(rows))
    np.minimum.at(first, incident[found], found)
    time = evidence.time[rows].astype("datetime64[us]").astype(np.int64)
    delay = np.full(len(starts), np.inf)
    seen = first < len(rows)
    delay[seen] = (time[first[seen]] - time[starts[seen]]) / 1000
    return delay


def _values(sample: Sample, _: Measure) -> Floats:
    return np.full_like(sample.size(), quantile(delays_ms(sample.evidence), 0.5))


def _exact(evidence: Evidence, _: Measure, tails: Tails) -> Estimate:
    delays = delays_ms(evidence)
    estimate = quantile_estimate(delays, 0.5, tails)
    return Estimate(estimate.value, max(estimate.low, 0.0), estimate.high, len(delays))


def _lacking(evidence: Evidence) -> str | None:
    return "the cases have no time" if evidence.time is None else None


METRIC = Metric(
    name="time_to_detect",
    tasks=DETECT,
    better="lower",
    values=_values,
    exact=_exact,
    no_sequence="the cases of one incident are answered by both arms",
    lacking=_lacking,
    classes=False,
    by="never",
    highest=float("inf"),
    unit="ms",
    definition=(
        "median over incidents (runs of anomalies) of the time in milliseconds from the first "
        "case to the first that is flagged; infinite where half of them or more are missed"
    ),
    source=(
        "Lavin and Ahmad 2015, Evaluating real-time anomaly detection algorithms: the Numenta "
        "anomaly benchmark, doi:10.1109/ICMLA.2015.141"
    ),
)

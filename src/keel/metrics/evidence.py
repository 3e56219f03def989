"""Scored cases in one shape: the only currency between models and judgement."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.metrics.shelf import Shelf
from keel.spec.kinds import TaskName

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """n cases with what a version answered and what was true.

    output: [n, classes] probabilities for classify, [n] values for regress, [n] anomaly scores
    for detect, higher where a case is odder; for recommend [n, N] int64 codes of items, the best
    first. label: [n] class codes (1 for an anomaly) or values; [n, m] codes of the items that were
    right. Codes are padded with -1 at the end.
    decision: [n] class codes at the version's frozen threshold.
    cluster: [n] numbers of what is resampled as a whole; None resamples single cases.
    groups: columns to slice by, as text, [n] each; a missing value is "".
    units: columns of what may be counted in place of cases, likewise.
    inputs: columns that the version saw, [n] numbers or texts each, as far as they are kept.
    time, label_time: [n] datetime64[us]. step: [n] number of the release's step that served them.
    latency_ms, failed, request_step: [m] of every request, answered or not: how long it took,
    whether it ended in an error of the server, in which step. Any number of them.
    observed: [n] whether the label is known, `unobserved_because` says why not where it is not.
    propensity: [n] the chance with which the answer that led to the label was given, above 0 where
    it is known: figures then weigh cases by one over it, where labels are selected.
    rivals: [n, m] anomaly scores that other detectors gave to the same cases, NaN where none.
    refits: [n, m] those of the version's own recipe fitted on parts of its rows.
    shelf: what is known of the items and users of recommendations.
    costs: what a false positive and a false negative cost, from the declared decision rule.
    protocol: split, seed and where the cases come from, in one sentence.
    """

    task: TaskName
    output: Floats
    label: Integers | Floats
    protocol: str
    classes: tuple[str, ...] = ()
    decision: Integers | None = None
    cluster: Integers | None = None
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    units: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    id: NDArray[np.str_] | None = None
    version: str | None = None
    arm: str | None = None
    unit: NDArray[np.str_] | None = None
    time: NDArray[np.datetime64] | None = None
    label_time: NDArray[np.datetime64] | None = None
    step: Integers | None = None
    latency_ms: Floats | None = None
    failed: NDArray[np.bool_] | None = None
    request_step: Integers | None = None
    observed: NDArray[np.bool_] | None = None
    unobserved_because: str | None = None
    propensity: Floats | None = None
    rivals: Floats | None = None
    refits: Floats | None = None
    shelf: Shelf | None = None
    costs: tuple[float, float] = (1.0, 1.0)
    inputs: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Evidence":
        """The cases at these row numbers, or where the mask is true. Requests stay as they are."""

        def part(column: Any) -> Any:
            return None if column is None else column[rows]

        return replace(
            self,
            output=self.output[rows],
            label=self.label[rows],
            decision=part(self.decision),
            cluster=part(self.cluster),
            id=part(self.id),
            unit=part(self.unit),
            time=part(self.time),
            label_time=part(self.label_time),
            step=part(self.step),
            observed=part(self.observed),
            propensity=part(self.propensity),
            rivals=part(self.rivals),
            refits=part(self.refits),
            shelf=None if self.shelf is None else self.shelf.take(rows),
            groups={name: column[rows] for name, column in self.groups.items()},
            units={name: column[rows] for name, column in self.units.items()},
            inputs={name: column[rows] for name, column in self.inputs.items()},
        )

"""What a metric must say of itself. One file per metric in the folders beside this one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails
from keel.metrics.prepared import Prepared
from keel.metrics.sample import Sample
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure

Better = Literal["higher", "lower", "zero"]

CLASSIFY = frozenset({TaskName.CLASSIFY})
REGRESS = frozenset({TaskName.REGRESS})
RECOMMEND = frozenset({TaskName.RECOMMEND})
DETECT = frozenset({TaskName.DETECT})
DECIDE = CLASSIFY | DETECT
"""Tasks with a score by which cases are ranked and a threshold by which they are flagged."""

EVERY = frozenset(TaskName)


@dataclass(frozen=True)
class Disparity:
    """Names of metrics whose figures are compared between groups, by difference or by ratio."""

    rates: tuple[str, ...]
    scale: Literal["difference", "ratio"]


@dataclass(frozen=True)
class Metric:
    """One figure: what it means and how it follows from resampled cases.

    values: [r] figures of r resamples, NaN where the figure does not exist.
    counts_units: whether it can be asked `per day of COLUMN`, of what that column names.
    at: the parameter it is taken at, which is part of what it is called: `recall at precision`.
    classes: whether it can be asked `for CLASS`. by: `worst`: asked `by COLUMN` it is the figure
    of the worst group; `needed`: it compares groups and does not exist without; `never`.
    labels: what it needs labels of: every case, only those the model flagged, or none.
    lowest, highest: what it can be; ceiling: the highest on certain cases, where that depends.
    proportion: (successes, trials) where it is a plain share, which has an exact interval.
    paired: whether two versions have it on the same cases, so that their difference is paired.
    mean: values from the lowest to the ceiling of which it is the plain mean, if it is.
    size: how many cases settle it, where that is not their number; None: see `proportion`.
    disparity: for a figure that compares groups, the shares it compares, and how.
    noise: where the figure is a norm, which noise only makes larger: [r] the norm of what r
    resamples (first) differ from all cases (second) by.
    lacking: what evidence must hold for it beside output and label, if it does not: the reason.
    exact: value and interval without resampling; None where only resampling will do.
    pulls: where they are known, the figure and [n] how far each case pulls it: its weight times
    the figure's slope in that weight. None where only leaving cases out will tell.
    quantile: values and the share that does not exceed it, where it is a plain quantile.
    no_sequence: why it has no interval that holds at every look, where that is so.
    unit: of the figure, empty for a plain number.
    """

    name: str
    tasks: frozenset[TaskName]
    better: Better
    values: Callable[[Sample, Measure], Floats]
    definition: str
    source: str
    at: Literal["precision", "recall", "k"] | None = None
    per_day: bool = False
    counts_units: bool = False
    paired: bool = True
    classes: bool = True
    by: Literal["worst", "needed", "never"] = "worst"
    labels: Literal["every", "flagged", "none"] = "every"
    lowest: float = 0.0
    highest: float = 1.0
    ceiling: Callable[[Evidence], float] | None = None
    proportion: Callable[[Evidence, Measure], tuple[int, int] | None] | None = None
    mean: Callable[[Evidence, Measure], Floats] | None = None
    size: Callable[[Evidence, Measure], int] | None = None
    disparity: Disparity | None = None
    noise: Callable[[Sample, Sample, Measure], Floats] | None = None
    lacking: Callable[[Evidence], str | None] | None = None
    exact: Callable[[Evidence, Measure, Tails], Estimate | None] | None = None
    pulls: Callable[[Prepared, Measure], tuple[float, Floats]] | None = None
    quantile: Callable[[Evidence], tuple[Floats, float]] | None = None
    no_sequence: str = ""
    unit: Literal["", "ms"] = ""

    @property
    def title(self) -> str:
        """How it is written in a promise: `recall at precision`."""
        return self.name if self.at is None else f"{self.name} at {self.at}"

    def asks_for_worst(self, measure: Measure) -> bool:
        """Whether the measure asks for the figure of the worst group."""
        return measure.by is not None and self.by == "worst"

    def limits(self, evidence: Evidence) -> tuple[float, float]:
        """What it can be on these cases."""
        return self.lowest, self.highest if self.ceiling is None else self.ceiling(evidence)

"""Everything a model card says, as plain values: whoever ran the walk fills them in.

What is None or empty is left out of the card or shown as not stated; no field is computed here.
Points of charts are in `keel.evaluate.card.points`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from keel.evaluate.card.points import ClassifyPoints, RegressPoints
from keel.evaluate.importance import Importances
from keel.evaluate.leakage.finding import Finding
from keel.evaluate.learning_curve import LearningCurve, LearningVerdict
from keel.metrics.estimate import Estimate
from keel.metrics.metric import Better
from keel.spec.system import CardSpec


@dataclass(frozen=True)
class PromiseFact:
    """A promise and its verdict. outcome: kept, broken, undecided or pending.

    comparison and bar: the right side of the bar, None where there is nothing to draw. unit: of
    value and bar, `ms`, empty for a plain number.
    """

    text: str
    outcome: str
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    comparison: str | None = None
    bar: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Figure:
    """One metric on the test part. baseline: the same of an answer that looks at no feature,
    cross-validated on the training rows."""

    name: str
    estimate: Estimate
    better: Better = "higher"
    baseline: float | None = None
    note: str = ""


@dataclass(frozen=True)
class ColumnFact:
    """One column of the table. Shares are in [0, 1]; None where the kind has no such thing."""

    name: str
    kind: str
    role: str = "feature"
    missing: float = 0.0
    distinct: int | None = None
    outliers: float | None = None
    note: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A column that is not learned from, and why."""

    column: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class DataFacts:
    """Where the rows came from and where they went.

    validation: how many of the training rows were also validated on. apart: rows that a gap keeps
    from both parts. fitted: what the model itself learned from. quarantine: reason to rows.
    period: first and last time, as text, if a time is declared. classes: share by name.
    """

    source: str
    fingerprint: str
    train: int
    validation: int
    test: int
    fitted: int
    apart: int = 0
    quarantined: int = 0
    dropped_duplicates: int = 0
    unlabelled: int = 0
    period: tuple[str, str] | None = None
    classes: Mapping[str, float] = field(default_factory=dict)
    columns: Sequence[ColumnFact] = ()
    left_out: Sequence[LeftOut] = ()
    quarantine: Mapping[str, int] = field(default_factory=dict)
    quarantine_file: str | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Threshold:
    """At what score the action is taken, the rule that chose it, and what that led to, in words.

    action: empty where the declaration names none.
    """

    action: str
    value: float
    rule: str
    words: str


@dataclass(frozen=True)
class Confusion:
    """Counts [class][answer] on the test part. Answers are the classes, or the named actions.

    derived: the metrics that follow from the counts, every action but the first being an alarm.
    positive: the class alarms are raised for.
    """

    classes: Sequence[str]
    answers: Sequence[str]
    counts: Sequence[Sequence[int]]
    thresholds: Sequence[Threshold] = ()
    derived: Sequence[Figure] = ()
    positive: str | None = None


@dataclass(frozen=True)
class SliceFact:
    """The metric within one slice. p: of the difference to the rest, corrected for many looks."""

    column: str
    value: str
    n: int
    estimate: Estimate
    p: float | None = None
    significant: bool = False


@dataclass(frozen=True)
class SliceFacts:
    """The worst slices first. looks: how many slices were looked at; correction: its name."""

    metric: str
    better: Better
    overall: Estimate
    slices: Sequence[SliceFact]
    looks: int
    correction: str


@dataclass(frozen=True)
class LearningFacts:
    """Scores over training sizes. errors: standard errors of the validation scores."""

    metric: str
    curve: LearningCurve
    verdict: LearningVerdict
    baseline: float | None = None
    errors: Sequence[float] = ()


@dataclass(frozen=True)
class ImportanceFacts:
    """Permutation importance; loss: the name of what rises, `log loss`."""

    loss: str
    importances: Importances


@dataclass(frozen=True)
class Candidate:
    """An algorithm that was tried, or skipped and why. score: cross-validated; se: its standard
    error; parameters: the best found."""

    algorithm: str
    score: float | None = None
    se: float | None = None
    trials: int = 0
    seconds: float = 0.0
    parameters: Mapping[str, object] = field(default_factory=dict)
    skipped: str | None = None
    winner: bool = False


@dataclass(frozen=True)
class ImbalanceFact:
    """One way of treating rare classes against doing nothing, cross-validated on the same folds.

    Deltas are to the method `none`; None for `none` itself and where it was skipped.
    """

    method: str
    roc_auc: float | None = None
    average_precision: float | None = None
    roc_auc_delta: float | None = None
    average_precision_delta: float | None = None
    chosen: bool = False
    skipped: str | None = None


@dataclass(frozen=True)
class TrainingFacts:
    """How the model was found. metric: what the search looked at; why: the choice in words."""

    metric: str
    better: Better
    why: str
    candidates: Sequence[Candidate] = ()
    imbalance: Sequence[ImbalanceFact] = ()
    imbalance_words: str = ""
    trials: int = 0
    seconds: float = 0.0
    folds: int = 0

    @property
    def tried(self) -> list[Candidate]:
        """Candidates that have a score."""
        return [one for one in self.candidates if one.skipped is None]

    @property
    def not_tried(self) -> list[Candidate]:
        """Candidates that were skipped."""
        return [one for one in self.candidates if one.skipped is not None]


@dataclass(frozen=True)
class LineageFacts:
    """What it takes to make this version again, and to know that it is this one.

    model_sha256: of `model.onnx`.
    """

    declaration_hash: str
    code_version: str
    seed: int
    model_sha256: str
    parity_max_abs_diff: float | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    machine: str = ""


@dataclass(frozen=True)
class CardContent:
    """One version's card. status: champion, challenger or held. declaration: as YAML.

    protocol: split, seed and metric definitions in a sentence; printed beside every figure.
    test_looks: how often this test part has been looked at, this time included.
    headline: names of the figures to show at the top; the first three if empty.
    leakage: None when no check was run.
    """

    system: str
    version: int
    status: str
    created: datetime
    task: str
    data: DataFacts
    protocol: str
    figures: Sequence[Figure]
    lineage: LineageFacts
    declaration: str
    description: str | None = None
    algorithm: str = ""
    statements: CardSpec = field(default_factory=CardSpec)
    promises: Sequence[PromiseFact] = ()
    strict: bool = False
    test_looks: int = 1
    headline: Sequence[str] = ()
    confusion: Confusion | None = None
    classify: ClassifyPoints | None = None
    regress: RegressPoints | None = None
    slices: SliceFacts | None = None
    learning: LearningFacts | None = None
    importance: ImportanceFacts | None = None
    training: TrainingFacts | None = None
    leakage: Sequence[Finding] | None = None

    @property
    def label(self) -> str:
        """`fraud@7`."""
        return f"{self.system}@{self.version}"

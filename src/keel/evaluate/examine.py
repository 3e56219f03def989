"""Everything a card shows of a version's answers, computed once from its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from keel.data.examples import Examples
from keel.evaluate.card.content import Confusion, ImportanceFacts, SliceFacts
from keel.evaluate.card.points import ClassifyPoints, RegressPoints
from keel.evaluate.curves import classify_points, confusion, regress_points
from keel.evaluate.importance import absolute_error, log_loss, permutation_importance
from keel.evaluate.slices import find_slices
from keel.metrics.bootstrap import estimates
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure
from keel.train.export.predictor import Predictor


@dataclass(frozen=True, eq=False)
class Examination:
    """Figures by the text of their measure, and what the card draws; None where it does not apply
    to the task."""

    figures: dict[str, Estimate]
    slices: SliceFacts
    importance: ImportanceFacts
    confusion: Confusion | None = None
    classify: ClassifyPoints | None = None
    regress: RegressPoints | None = None


def examine(
    predictor: Predictor,
    examples: Examples,
    evidence: Evidence,
    measures: Sequence[Measure],
    objective: Measure,
    *,
    seed: int,
) -> Examination:
    """Examine a version by its evidence; row i of `examples` is case i of it. Columns that the
    version does not use are not looked at: nothing depends on them."""
    figures = dict(zip(map(str, measures), estimates(measures, evidence, seed=seed), strict=True))
    used = {column.name for column in predictor.signature.columns}
    columns = tuple(column for column in examples.columns if column.name in used)
    frame = examples.frame.select(column.name for column in columns)
    slices = find_slices(_comparable(objective), evidence, columns, frame, seed=seed)
    is_regression = evidence.task is TaskName.REGRESS
    loss = absolute_error if is_regression else log_loss
    importances = permutation_importance(
        lambda frame: predictor.predict(frame).output,
        frame,
        examples.label,
        loss,
        seed,
    )
    importance = ImportanceFacts("absolute error" if is_regression else "log loss", importances)
    if is_regression:
        points = regress_points(evidence, seed=seed)
        return Examination(figures, slices, importance, regress=points)
    signature = predictor.signature
    return Examination(
        figures,
        slices,
        importance,
        confusion(evidence, signature.actions, signature.act(evidence.output)),
        classify_points(evidence, signature.cuts),
    )


def _comparable(objective: Measure) -> Measure:
    """Average precision moves with the share of positives, which differs between slices."""
    return Measure("roc_auc") if objective.name == "average_precision" else objective

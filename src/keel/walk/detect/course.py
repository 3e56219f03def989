"""How the task detect walks: no label is learned; one that is there judges."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from keel.data.check import Checked
from keel.data.divide import divide
from keel.evaluate.card.content import CardContent
from keel.evaluate.examine_detector import examine_detector
from keel.evaluate.leakage.finding import Finding
from keel.evaluate.score import groups_asked, score, units_asked
from keel.features.build import build, groupable, read_groups
from keel.metrics.evidence import Evidence, Floats
from keel.registry.looks import count_look
from keel.registry.record import Record
from keel.registry.version import Status
from keel.spec.system import System
from keel.store import Store
from keel.tasks.detect import ENOUGH
from keel.tasks.task import Label, LabelledTask
from keel.train.detect.bench import detector_bench
from keel.train.detect.finish import finish_detector
from keel.train.detect.train import train_detector
from keel.train.detect.trained import TrainedDetector
from keel.train.export.exported import Exported
from keel.train.export.open_predictor import predictor_of
from keel.train.export.predictor import Predictor
from keel.train.models.drawn_rows import drawn_rows
from keel.train.progress import Tell
from keel.train.search.candidate import Recipe
from keel.train.search.cross_validate import cross_validate
from keel.train.search.pipeline import FittedPipeline
from keel.walk.detect.leaks import find_label_leaks
from keel.walk.tables.card_content import card_content
from keel.walk.tables.folder import fill_folder
from keel.walk.tables.judged import TableJudged, TableWalked
from keel.walk.tables.prepared import TablePrepared, check_units
from keel.walk.tables.rivals import case_ids, champion_evidence, test_fingerprint
from keel.walk.walked import Walked

COMPARED_ROWS = 5_000
"""Of the test part, that other detectors answer too."""

DetectWalked = Walked[TablePrepared, TrainedDetector, TableJudged]


@dataclass(frozen=True)
class DetectCourse:
    """The course of detect."""

    task: LabelledTask

    def prepare(self, checked: Checked, system: System, tell: Tell) -> TablePrepared:
        """Features of every row, divided; a label only keeps known anomalies in all parts."""
        check_units(checked, system)
        built = build(checked, system, self.task)
        label = _judged(built.judged)
        # Only those of the rows that are divided here.
        enough = int(label.values[: built.test_from].sum()) >= ENOUGH
        strata = self.task.strata(label.values if enough else np.zeros_like(label.values))
        split = divide(built.examples, system, strata, test_from=built.test_from)
        groups = groupable(built, checked.table)
        tell(f"labels    {_told(label, system, chooses=enough)}")
        tell(f"split     {split.protocol}")
        return TablePrepared(self.task, checked, built, split, groups)

    def find_leaks(self, prepared: TablePrepared, system: System) -> tuple[Finding, ...]:
        """Columns that hold the label, by which a detector would be judged too well."""
        return find_label_leaks(prepared, system)

    def train(
        self, prepared: TablePrepared, system: System, *, cache: Path, threads: int, tell: Tell
    ) -> TrainedDetector:
        """Compare detectors, choose, decide, refit and export."""
        built = prepared.built
        return train_detector(
            built.examples,
            _judged(built.judged),
            prepared.split,
            system,
            self.task,
            built.features,
            cache=cache,
            threads=threads,
            tell=tell,
        )

    def evaluate(
        self,
        prepared: TablePrepared,
        learned: TrainedDetector,
        system: System,
        *,
        store: Store,
        threads: int,
        tell: Tell,
    ) -> TableJudged:
        """Score the test part, as the champion and other detectors do too, and examine it."""
        built, split = prepared.built, prepared.split
        test = built.examples.take(split.test)
        predictor = predictor_of(learned.exported, threads=threads)
        evidence = _evidence(prepared, predictor, learned, system)
        observed = _judged(built.judged).known[split.test]
        champion = champion_evidence(
            store, system, prepared, threads=threads, tell=tell, observed=observed
        )
        looks = count_look(store.engine, system.system, test_fingerprint(test))
        measures = self.task.report(test.classes)
        examined = examine_detector(predictor, test, evidence, measures, seed=system.train.seed)
        return TableJudged(predictor, evidence, champion, looks, examined, None)

    def refit(
        self, prepared: TablePrepared, system: System, record: Record, *, tell: Tell
    ) -> tuple[Exported, Evidence]:
        """Fit the recorded recipe on every fold, then on all training rows."""
        built, split = prepared.built, prepared.split
        label, threads = _judged(built.judged), record.lineage.threads
        bench = detector_bench(built.examples, label, split, system, self.task, threads)
        recipe = Recipe(**record.parameters["recipe"])  # type: ignore[arg-type]
        tell(f"refit     {recipe.algorithm}")
        trial = cross_validate(bench, recipe, lambda _fold, _mean: False)
        learned = finish_detector(bench, trial, split, system, built.features)
        predictor = predictor_of(learned.exported, threads=threads)
        return learned.exported, _evidence(prepared, predictor, learned, system)

    def fill(self, folder: Path, walked: DetectWalked) -> None:
        """The model, its codecs, a reference table, and which rows it learned from."""
        prepared, seed = walked.prepared, walked.system.train.seed
        trained = walked.learned.trained
        fill_folder(folder, trained, prepared.built.examples, prepared.split, seed)

    def card(
        self, walked: DetectWalked, record: Record, number: int, status: Status
    ) -> CardContent:
        """Figures with labels and without, slices, importance and the story of the choice."""
        of_table = TableWalked(
            walked.system,
            walked.task,
            walked.checked,
            walked.prepared,
            walked.findings,
            walked.learned.trained,
            walked.judged,
            walked.verdicts,
            walked.created,
        )
        return card_content(of_table, record, number, status)


def _evidence(
    prepared: TablePrepared, predictor: Predictor, learned: TrainedDetector, system: System
) -> Evidence:
    """The test part as evidence, with what other detectors and refits answered to some of it."""
    built, split = prepared.built, prepared.split
    test = built.examples.take(split.test)
    asked, counted = groups_asked(system.promises), units_asked(system.promises)
    evidence = score(
        predictor,
        test,
        prepared.task.name,
        split,
        groups=read_groups(built, prepared.checked.table, split.test, asked),
        units=read_groups(built, prepared.checked.table, split.test, counted),
        ids=case_ids(test),
        decide=system.decide,
    )
    return replace(
        evidence,
        observed=_judged(built.judged).known[split.test],
        rivals=_answers(learned.rivals, learned, split.test, system.train.seed),
        refits=_answers(learned.refits, learned, split.test, system.train.seed),
    )


def _answers(
    pipelines: tuple[FittedPipeline, ...], learned: TrainedDetector, test: np.ndarray, seed: int
) -> Floats:
    """[n, m] scores of a sample of the test part, NaN elsewhere."""
    chosen = drawn_rows(len(test), COMPARED_ROWS, seed)
    rows = learned.trained.bench.source.take(test[chosen])
    answers = np.full((len(test), len(pipelines)), np.nan)
    for column, pipeline in enumerate(pipelines):
        answers[chosen, column] = pipeline.scores(rows)[:, 0]
    return answers


def _judged(label: Label | None) -> Label:
    if label is None:
        raise ValueError("a detector's examples come with what is known of their label")
    return label


def _told(label: Label, system: System, *, chooses: bool) -> str:
    if system.target is None:
        return "none: detectors are compared by how far they agree"
    known = int(label.known.sum())
    odd = int(label.values[label.known].sum())
    use = "choose, decide and judge" if chooses else "judge"
    among = f"{odd:,} anomalies among {known:,} labelled rows of {len(label.known):,}"
    return f"{among}: they {use}, and are never fitted on"

"""How the tasks walk that learn a label from the rows of a table: classify and regress."""

from dataclasses import dataclass
from pathlib import Path

from keel.data.check import Checked
from keel.data.examples import Examples
from keel.evaluate.card.content import CardContent
from keel.evaluate.examine import examine
from keel.evaluate.leakage.check import ORDER, find_leaks
from keel.evaluate.leakage.finding import Finding
from keel.evaluate.leakage.known_time import find_unknown_times
from keel.evaluate.score import groups_asked, score, units_asked
from keel.features.build import read_groups
from keel.metrics.evidence import Evidence
from keel.registry.looks import count_look
from keel.registry.record import Record
from keel.registry.version import Status
from keel.spec.system import System
from keel.store import Store
from keel.tasks.task import LabelledTask
from keel.train.export.exported import Exported
from keel.train.export.open_predictor import predictor_of
from keel.train.export.predictor import Predictor
from keel.train.progress import Tell
from keel.train.search.candidate import Recipe
from keel.train.search.cross_validate import cross_validate
from keel.train.search.prepare import prepare
from keel.train.threshold import check_decision
from keel.train.train import Trained, finish, train
from keel.walk.tables.card_content import card_content
from keel.walk.tables.folder import fill_folder
from keel.walk.tables.judged import TableJudged, TableWalked
from keel.walk.tables.learning import learn_curve
from keel.walk.tables.prepared import TablePrepared, prepare_table
from keel.walk.tables.rivals import case_ids, champion_evidence, test_fingerprint


@dataclass(frozen=True)
class TableCourse:
    """The course of classify and regress."""

    task: LabelledTask

    def prepare(self, checked: Checked, system: System, tell: Tell) -> TablePrepared:
        """Features and label of every labelled row, divided."""
        prepared = prepare_table(checked, system, self.task)
        check_decision(system.decide, prepared.classes)
        for line in prepared.left_out:
            tell(f"left out  {line}")
        tell(f"split     {prepared.protocol}")
        return prepared

    def find_leaks(self, prepared: TablePrepared, system: System) -> tuple[Finding, ...]:
        """Columns, copies and times that give the label away."""
        built = prepared.built
        early = find_unknown_times(built.features, prepared.checked.table, system)
        found = find_leaks(built.examples, prepared.split, system, seed=system.train.seed)
        return tuple(sorted([*found, *early], key=lambda one: ORDER.index(one.severity)))

    def train(
        self, prepared: TablePrepared, system: System, *, cache: Path, threads: int, tell: Tell
    ) -> Trained:
        """Search for a recipe, calibrate, decide, refit and export it."""
        built = prepared.built
        return train(
            built.examples,
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
        learned: Trained,
        system: System,
        *,
        store: Store,
        threads: int,
        tell: Tell,
    ) -> TableJudged:
        """Answer the test part, as the champion does too, and examine the answers."""
        test = _test(prepared)
        predictor = predictor_of(learned.exported, threads=threads)
        evidence = _evidence(prepared, predictor, test, system)
        champion = champion_evidence(store, system, prepared, threads=threads, tell=tell)
        looks = count_look(store.engine, system.system, test_fingerprint(test))
        measures = self.task.report(test.classes)
        seed = system.train.seed
        examined = examine(predictor, test, evidence, measures, learned.measure, seed=seed)
        return TableJudged(predictor, evidence, champion, looks, examined, learn_curve(learned))

    def refit(
        self, prepared: TablePrepared, system: System, record: Record, *, tell: Tell
    ) -> tuple[Exported, Evidence]:
        """Fit the recorded recipe on every fold, then on all training rows."""
        built = prepared.built
        threads = record.lineage.threads
        bench = prepare(built.examples, prepared.split, system.train, self.task, threads)
        recipe = Recipe(**record.parameters["recipe"])  # type: ignore[arg-type]
        tell(f"refit     {recipe.algorithm}")
        trial = cross_validate(bench, recipe, lambda _fold, _mean: False)
        exported = finish(bench, trial, system, built.features).exported
        test = _test(prepared)
        predictor = predictor_of(exported, threads=threads)
        return exported, _evidence(prepared, predictor, test, system)

    def fill(self, folder: Path, walked: TableWalked) -> None:
        """The model, its codecs, a reference table, and which rows it learned from."""
        prepared = walked.prepared
        seed = walked.system.train.seed
        fill_folder(folder, walked.learned, prepared.built.examples, prepared.split, seed)

    def card(
        self,
        walked: TableWalked,
        record: Record,
        number: int,
        status: Status,
    ) -> CardContent:
        """Curves, slices, importance and the story of the search."""
        return card_content(walked, record, number, status)


def _test(prepared: TablePrepared) -> Examples:
    return prepared.built.examples.take(prepared.split.test)


def _evidence(
    prepared: TablePrepared, predictor: Predictor, test: Examples, system: System
) -> Evidence:
    built, split = prepared.built, prepared.split
    asked, counted = groups_asked(system.promises), units_asked(system.promises)
    return score(
        predictor,
        test,
        prepared.task.name,
        split,
        groups=read_groups(built, prepared.checked.table, split.test, asked),
        units=read_groups(built, prepared.checked.table, split.test, counted),
        ids=case_ids(test),
        decide=system.decide,
    )

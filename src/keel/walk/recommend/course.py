"""How a system walks that recommends items to users."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from keel.data.check import Checked
from keel.evaluate.card.content import CardContent
from keel.evaluate.item_ages import judge_item_ages
from keel.evaluate.leakage.event_leaks import find_event_leaks
from keel.evaluate.leakage.finding import Finding
from keel.evaluate.score import LATENCY_CALLS, time_calls
from keel.evaluate.slices import find_slices
from keel.metrics.bootstrap import estimates
from keel.metrics.evidence import Evidence
from keel.metrics.obstacle import obstacle
from keel.registry.artifact import REFERENCE
from keel.registry.looks import count_look
from keel.registry.record import Record
from keel.registry.version import Status
from keel.spec.system import System
from keel.store import Store
from keel.tasks.recommend import TASK
from keel.train.export.exported import Exported, write_exported
from keel.train.progress import Tell
from keel.train.recommend.asked import Asked
from keel.train.recommend.bench import recommend_bench
from keel.train.recommend.predictor import RecommendPredictor
from keel.train.recommend.train import (
    TrainedRecommender,
    finish_recommender,
    train_recommender,
)
from keel.train.recommend.world import World
from keel.train.search.candidate import Recipe
from keel.walk.recommend.answers import champion_lists, test_evidence, test_fingerprint
from keel.walk.recommend.card_content import recommend_card
from keel.walk.recommend.judged import RecommendJudged, RecommendWalked
from keel.walk.recommend.prepared import RecommendPrepared, prepare_events

REFERENCE_USERS = 10_000
REFERENCE_ITEMS = 10


class RecommendCourse:
    """See `Course`."""

    def prepare(self, checked: Checked, system: System, tell: Tell) -> RecommendPrepared:
        """Events of the first table beside what is known of users and items, divided."""
        prepared = prepare_events(checked, system)
        for line in prepared.world.events.notes:
            tell(f"events    {line}")
        tell(f"split     {prepared.protocol}")
        return prepared

    def find_leaks(self, prepared: RecommendPrepared, system: System) -> tuple[Finding, ...]:  # noqa: ARG002
        """Columns of items counted after the fact, and a cut through time."""
        return find_event_leaks(prepared.world.events, prepared.world.split)

    def train(
        self,
        prepared: RecommendPrepared,
        system: System,
        *,
        cache: Path,
        threads: int,
        tell: Tell,
    ) -> TrainedRecommender:
        """Search for a recommender, fit it on all training events, export it."""
        return train_recommender(prepared.world, system, cache=cache, threads=threads, tell=tell)

    def evaluate(
        self,
        prepared: RecommendPrepared,
        learned: TrainedRecommender,
        system: System,
        *,
        store: Store,
        threads: int,
        tell: Tell,
    ) -> RecommendJudged:
        """Answer whoever did something in the test part, as the champion does too."""
        world = prepared.world
        predictor = RecommendPredictor(learned.exported, threads=threads)
        asked = _asked(world, predictor)
        evidence = _timed(test_evidence(world, predictor, asked), learned.exported, asked, world)
        rival = champion_lists(store, system, world, asked, threads=threads, tell=tell)
        looks = count_look(store.engine, system.system, test_fingerprint(world, asked))
        seed = system.train.seed
        measures = [m for m in TASK.report(()) if obstacle(m, evidence) is None]
        found = estimates(measures, evidence, seed=seed)
        known = world.events.interactions.take(world.learned(world.split.train, predictor.answers))
        return RecommendJudged(
            predictor,
            evidence,
            rival,
            looks,
            dict(zip(map(str, measures), found, strict=True)),
            find_slices(learned.measure, evidence, (), pl.DataFrame(height=len(asked)), seed=seed),
            judge_item_ages(TASK.objective(), evidence, known, seed=seed),
        )

    def refit(
        self, prepared: RecommendPrepared, system: System, record: Record, *, tell: Tell
    ) -> tuple[Exported, Evidence]:
        """Fit the recorded recipe on all training events."""
        bench = recommend_bench(prepared.world, system.train, record.lineage.threads)
        recipe = Recipe(**record.parameters["recipe"])  # type: ignore[arg-type]
        tell(f"refit     {recipe.algorithm}")
        _, exported, _ = finish_recommender(bench, recipe, system)
        predictor = RecommendPredictor(exported, threads=record.lineage.threads)
        asked = _asked(prepared.world, predictor)
        return exported, test_evidence(prepared.world, predictor, asked)

    def fill(self, folder: Path, walked: RecommendWalked) -> None:
        """The model, what it knows of users and items, and answers to compare later ones with."""
        write_exported(walked.learned.exported, folder)
        evidence, world = walked.judged.evidence, walked.prepared.world
        rows = np.arange(min(len(evidence), REFERENCE_USERS))
        shown = evidence.output[rows, :REFERENCE_ITEMS].astype(np.int64)
        items = world.events.items.to_list()
        pl.DataFrame(
            {
                "user": pl.Series([] if evidence.id is None else evidence.id[rows].tolist()),
                "keel items": [[items[code] for code in row if code >= 0] for row in shown],
            }
        ).write_ipc(folder / REFERENCE)

    def card(
        self, walked: RecommendWalked, record: Record, number: int, status: Status
    ) -> CardContent:
        """Figures, slices of users and items, and the story of the search."""
        return recommend_card(walked, record, number, status)


def _asked(world: World, predictor: RecommendPredictor) -> Asked:
    return world.ask(world.split.train, world.split.test, predictor.answers)


def _timed(evidence: Evidence, exported: Exported, asked: Asked, world: World) -> Evidence:
    """With milliseconds of one-user answers, on one thread as they are served."""
    users = world.events.users.gather(asked.user[:LATENCY_CALLS])
    predictor = RecommendPredictor(exported)
    calls = time_calls(predictor.answer, pl.DataFrame({"user": users}))
    return replace(evidence, latency_ms=calls)

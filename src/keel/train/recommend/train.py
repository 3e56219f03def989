"""From events to a recommender ready to register: search, choose, fit again, export."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keel.data.histories import NOTHING
from keel.metrics.leave_out import difference_error
from keel.spec.promise import Measure
from keel.spec.system import System
from keel.train.export.exported import Exported
from keel.train.export.parity import Parity, check_parity
from keel.train.progress import Tell
from keel.train.recommend.bench import RecommendBench, recommend_bench
from keel.train.recommend.export import export_recommender
from keel.train.recommend.predictor import RecommendPredictor
from keel.train.recommend.world import World
from keel.train.recommender import FittedRecommender
from keel.train.search.candidate import Candidate, Recipe, Skipped
from keel.train.search.search import Budget, search
from keel.train.search.trial_cache import TrialCache
from keel.train.search.winner import choose_winner

PARITY_USERS = 200


@dataclass(frozen=True, eq=False)
class TrainedRecommender:
    """A recommender with the evidence of how it was found. See `Learned`."""

    exported: Exported
    parity: Parity
    model: FittedRecommender
    bench: RecommendBench
    winner: Candidate
    why: str
    candidates: tuple[Candidate, ...]
    stopped_by: str

    @property
    def measure(self) -> Measure:
        """What the search looked at."""
        return self.bench.measure

    @property
    def algorithm(self) -> str:
        """The winner's word."""
        return self.winner.algorithm

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be tried."""
        return self.bench.skipped

    @property
    def trials(self) -> int:
        """How many recipes were tried."""
        return len(self.candidates)

    @property
    def largest_difference(self) -> float:
        """Between the exported and the native model."""
        return self.parity.largest_difference

    @property
    def parameters(self) -> dict[str, object]:
        """The recipe as searched, and as fitting resolved it."""
        return {"recipe": self.winner.recipe.to_json(), "model": dict(self.model.parameters)}


def train_recommender(
    world: World,
    system: System,
    *,
    cache: Path,
    threads: int,
    tell: Tell,
    clock: Callable[[], float] = time.monotonic,
) -> TrainedRecommender:
    """Search within the declared budget and make the version that this leads to.

    cache: a folder of finished trials, from which an interrupted run goes on.
    """
    spec = system.train
    bench = recommend_bench(world, spec, threads)
    for skip in bench.skipped:
        tell(f"skipped   {skip.name}: {skip.reason}")
    budget = Budget(spec.trials, spec.minutes * 60, clock)
    found = search(bench, budget, TrialCache(cache), tell)
    candidates = tuple(trial.candidate for trial in found.trials)
    figures = {id(trial.candidate): trial.scores.astype(np.float64) for trial in found.trials}
    choice = choose_winner(
        candidates,
        bench.order,
        higher=bench.higher,
        measure=str(bench.measure),
        gap_error=lambda a, b: difference_error(figures[id(a)], figures[id(b)]),
    )
    tell(f"winner    {choice.why}")
    model, exported, parity = finish_recommender(bench, choice.winner.recipe, system)
    return TrainedRecommender(
        exported, parity, model, bench, choice.winner, choice.why, candidates, found.stopped_by
    )


def finish_recommender(
    bench: RecommendBench, recipe: Recipe, system: System
) -> tuple[FittedRecommender, Exported, Parity]:
    """Fit on all training events and export.

    Raises ArtifactError where the exported model differs from the fitted one.
    """
    world = bench.world
    model = bench.fit(recipe, world.split.train)
    exported = export_recommender(model, world, system, bench.answers)
    return model, exported, _parity(bench, model, exported)


def _parity(bench: RecommendBench, model: FittedRecommender, exported: Exported) -> Parity:
    """On users of the test part: what they did before only, nothing of what came after."""
    split = bench.world.split
    asked = bench.world.ask(split.train, split.test, bench.answers)
    histories = asked.histories.take(np.arange(min(len(asked), PARITY_USERS)))
    items, scores = RecommendPredictor(exported).top(histories)
    native = np.take_along_axis(model.scores(histories), np.maximum(items, 0), axis=1)
    there = items != NOTHING
    return check_parity(native[there][:, None], scores[there][:, None], exported.signature.task)

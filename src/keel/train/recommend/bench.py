"""What a search can try on events of users with items."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from keel.data.split import Rows
from keel.errors import DeclarationError
from keel.metrics.bootstrap import estimate, point
from keel.metrics.catalog import better, check
from keel.metrics.evidence import Evidence
from keel.metrics.leave_out import left_out_figures
from keel.spec.kinds import TaskName
from keel.spec.nearest import did_you_mean
from keel.spec.promise import Measure, parse_measure
from keel.spec.system import TrainSpec
from keel.spec.tokens import GrammarError
from keel.tasks.recommend import TASK
from keel.train.algorithm import Choice, Space, Value
from keel.train.models.picks import default
from keel.train.recommend.asked import Asked
from keel.train.recommend.catalogue import recommenders
from keel.train.recommend.fallback import fit_with_fallback
from keel.train.recommend.list_evidence import list_evidence
from keel.train.recommend.rated import rated_items
from keel.train.recommend.top_lists import top_lists
from keel.train.recommend.world import World
from keel.train.recommender import Facts, FittedRecommender, Recommender, Scores
from keel.train.search.candidate import Candidate, Recipe, Skipped
from keel.train.search.trial_cache import Trial

RATINGS = ("rmse", "mae")
BASELINES: Mapping[Scores, str] = {"rank": TASK.baseline(), "rating": "rating_means"}

SLOW = ("bpr", "hybrid", "two_tower", "ncf", "sasrec")
"""Tried after the others: a short budget must not be spent on them."""

REPLICATES = 200


@dataclass(frozen=True, eq=False)
class RecommendBench:
    """See `Bench`. recommenders: applicable ones by name, the simplest first."""

    world: World
    measure: Measure
    answers: Scores
    recommenders: Mapping[str, Recommender]
    facts: Facts
    skipped: tuple[Skipped, ...]
    threads: int
    _asked: dict[int, Asked] = field(default_factory=dict)

    @property
    def higher(self) -> bool:
        """Whether more of the measure is better."""
        return better(self.measure, TaskName.RECOMMEND) == "higher"

    @property
    def seed(self) -> int:
        """Of everything drawn."""
        return self.world.seed

    @property
    def baseline(self) -> str:
        """The same for everyone."""
        return BASELINES[self.answers]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The simplest first."""
        return tuple(self.recommenders)

    def turns(self) -> list[str]:
        """By how long they take."""
        names = [name for name in self.recommenders if name != self.baseline]
        return sorted(names, key=lambda name: (name in SLOW, self.order.index(name)))

    def space(self, name: str) -> Space:
        """What there is to choose."""
        space = self.recommenders[name].space(self.facts)
        return {k: v for k, v in space.items() if not isinstance(v, Choice) or len(v.options) > 1}

    def recipe(self, name: str, values: Mapping[str, Value]) -> Recipe:
        """What is not chosen is as it comes."""
        space = self.recommenders[name].space(self.facts)
        return Recipe(name, {key: values.get(key, default(space[key])) for key in space})

    def variants(self, name: str) -> Iterator[tuple[Recipe, str]]:  # noqa: ARG002
        """None."""
        return iter(())

    def cross_validate(self, recipe: Recipe, should_prune: Callable[[int, float], bool]) -> Trial:
        """Fit on what was known in each fold, and answer whoever did something later.

        The trial's scores are [folds, 1 + PARTS]: see `left_out_figures`.
        """
        began = time.perf_counter()
        folds = self.world.split.folds
        found: list[Evidence] = []
        values: list[float] = []
        pruned = False
        for number in range(len(folds)):
            found.append(self._answer(recipe, number))
            values.append(point(self.measure, found[-1]))
            if number < len(folds) - 1 and should_prune(number, float(np.mean(values))):
                pruned = True
                break
        candidate = Candidate(
            recipe,
            float(np.mean(values)),
            self._standard_error(found, values),
            tuple(values),
            time.perf_counter() - began,
            pruned,
            self._figures(found),
            kind="value",
        )
        figures = [left_out_figures(self.measure, one, seed=self.seed) for one in found]
        return Trial(candidate, np.array(figures, dtype=np.float32))

    def fit(self, recipe: Recipe, rows: Rows) -> FittedRecommender:
        """Fit a recipe on these events."""
        fit = self.world.fit(rows, self.answers, recipe.parameters, self.threads)
        return fit_with_fallback(self.recommenders[recipe.algorithm], fit)

    def _answer(self, recipe: Recipe, number: int) -> Evidence:
        fold = self.world.split.folds[number]
        model = self.fit(recipe, fold.fit)
        if number not in self._asked:
            self._asked[number] = self.world.ask(fold.fit, fold.validate, self.answers)
        asked = self._asked[number]
        rates = self.answers == "rating"
        return list_evidence(
            self.world.events,
            self.world.learned(fold.fit, self.answers),
            asked,
            top_lists(model, asked.histories, asked.seen),
            "validation part",
            content=self.world.content,
            predicted=rated_items(model, asked) if rates else None,
        )

    def _standard_error(self, found: list[Evidence], values: list[float]) -> float:
        if len(values) > 1:
            return float(np.std(values, ddof=1) / np.sqrt(len(values)))
        interval = estimate(self.measure, found[0], seed=self.seed, replicates=REPLICATES)
        return (interval.high - interval.low) / (2 * 1.96)

    def _figures(self, found: list[Evidence]) -> dict[str, float]:
        """What a card prints of the baseline."""
        told = {}
        for measure in TASK.report(()):
            values = [point(measure, evidence) for evidence in found]
            if all(value == value for value in values):
                told[str(measure)] = float(np.mean(values))
        return told


def recommend_bench(world: World, spec: TrainSpec, threads: int) -> RecommendBench:
    """What can be tried. A metric of ratings asks for models that foretell them.

    Raises DeclarationError for a metric or a recommender that does not exist or cannot apply.
    """
    measure = _measure(spec)
    answers: Scores = "rating" if measure.name in RATINGS else "rank"
    facts = world.fit(world.split.train, answers, {}, threads).facts
    known = recommenders(answers)
    wanted = tuple(known) if spec.models == "auto" else spec.models
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise DeclarationError(
            [
                f"train.models: no recommender {name!r} for {measure}; {did_you_mean(name, known)}"
                for name in unknown
            ]
        )
    skipped = []
    applicable = {}
    for name, recommender in known.items():
        if name not in wanted and name != BASELINES[answers]:
            continue
        reason = recommender.skip(facts)
        if reason is None:
            applicable[name] = recommender
        else:
            skipped.append(Skipped(name, reason))
    if not applicable or (
        set(applicable) <= {BASELINES[answers]} and BASELINES[answers] not in wanted
    ):
        told = "; ".join(f"{skip.name}: {skip.reason}" for skip in skipped)
        raise DeclarationError([f"train.models: nothing asked for can be tried ({told})"])
    return RecommendBench(world, measure, answers, applicable, facts, tuple(skipped), threads)


def _measure(spec: TrainSpec) -> Measure:
    if spec.metric == "auto":
        return TASK.objective()
    try:
        measure = parse_measure(spec.metric)
        check(measure, TaskName.RECOMMEND, (), (), text=spec.metric, ranks=True)
    except GrammarError as error:
        raise DeclarationError([f"train.metric: {error}"]) from error
    return measure

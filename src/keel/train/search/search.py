"""Looks for the best recipe within a budget: defaults first, then Optuna where it pays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import optuna

from keel.train.algorithm import Space
from keel.train.models.picks import default
from keel.train.progress import Tell
from keel.train.search.bench import Bench
from keel.train.search.candidate import Recipe, Skipped
from keel.train.search.recipes import distribution
from keel.train.search.trial_cache import Trial, TrialCache

TURNS = (0, 0, 1, 0, 1, 2)
"""Whose turn it is to be tuned, by rank so far: the leader gets every second trial."""


@dataclass(frozen=True, eq=False)
class Search:
    """Everything that was tried, in order, and what was not, with the reason."""

    trials: tuple[Trial, ...]
    skipped: tuple[Skipped, ...]
    stopped_by: str


@dataclass(frozen=True)
class Budget:
    """At most `trials`, none begun after `seconds` on `clock` (seconds, monotonic)."""

    trials: int
    seconds: float
    clock: Callable[[], float]


def search(bench: Bench, budget: Budget, cache: TrialCache, tell: Tell) -> Search:
    """Try recipes until the budget is spent.

    The baseline is always tried and costs no trial. Time only stops between trials, so that the
    same number of trials gives the same result on a slower machine.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    run = _Run(bench, budget, cache, tell)
    run.baseline()
    for recipes in (run.defaults(), run.variants(), run.tuned()):
        for recipe, name in recipes:
            stop = run.spent()
            if stop:
                return Search(tuple(run.trials), bench.skipped, stop)
            run.try_recipe(recipe, name)
    return Search(tuple(run.trials), bench.skipped, "nothing is left to try")


class _Run:
    """One search under way."""

    def __init__(self, bench: Bench, budget: Budget, cache: TrialCache, tell: Tell) -> None:
        self.bench = bench
        self.trials: list[Trial] = []
        self._budget = budget
        self._cache = cache
        self._tell = tell
        self._deadline = budget.clock() + budget.seconds
        self._studies: dict[str, optuna.Study] = {}
        self._asked: dict[str, optuna.trial.Trial] = {}
        self._tried: set[str] = set()
        self._counted = 0

    def spent(self) -> str:
        """Why the search must stop now, or nothing."""
        if self._counted >= self._budget.trials:
            return f"{self._budget.trials} trials"
        if self._budget.clock() >= self._deadline:
            return f"{self._budget.seconds / 60:g} minutes"
        return ""

    def baseline(self) -> None:
        """What looks at no feature."""
        self._counted = -1
        self.try_recipe(self.bench.recipe(self.bench.baseline, {}), "baseline")

    def defaults(self) -> Iterator[tuple[Recipe, str]]:
        """Every algorithm as it comes."""
        for name in self.bench.turns():
            space = self.bench.space(name)
            study = self._study(name)
            defaults = {key: default(choice) for key, choice in space.items()}
            study.enqueue_trial(defaults)
            yield self._ask(name, space), "default"

    def variants(self) -> Iterator[tuple[Recipe, str]]:
        """The leader as it comes, trained in every other way."""
        leader = self._ranked()[0] if self._ranked() else None
        if leader is not None:
            yield from self.bench.variants(leader)

    def tuned(self) -> Iterator[tuple[Recipe, str]]:
        """Optuna's proposals, the better algorithms more often."""
        turn = 0
        idle = 0
        while idle < 50:
            ranked = self._ranked()
            if not ranked:
                return
            name = ranked[min(TURNS[turn % len(TURNS)], len(ranked) - 1)]
            turn += 1
            recipe = self._ask(name, self.bench.space(name))
            if recipe.digest in self._tried:
                idle += 1
                self._studies[name].tell(self._asked.pop(recipe.digest), self._score_of(recipe))
                continue
            idle = 0
            yield recipe, "tuned"

    def try_recipe(self, recipe: Recipe, why: str) -> None:
        """Cross-validate, or take the finished trial of an interrupted run."""
        asked = self._asked.pop(recipe.digest, None)
        self._tried.add(recipe.digest)
        self._counted += 1
        trial = self._cache.read(recipe)
        if trial is None:
            trial = self.bench.cross_validate(recipe, _pruner(asked))
            self._cache.write(trial)
        elif asked is not None:
            _report_again(asked, trial.candidate.folds)
        self.trials.append(trial)
        candidate = trial.candidate
        if asked is not None:
            study = self._studies[recipe.algorithm]
            if candidate.pruned:
                study.tell(asked, state=optuna.trial.TrialState.PRUNED)
            else:
                study.tell(asked, candidate.score)
        shown = "pruned" if candidate.pruned else f"{candidate.score:.4f}"
        self._tell(
            f"{self._counted:3d} {recipe.algorithm:<20s} {why:<16s} "
            f"{self.bench.measure} {shown}  ({candidate.seconds:.1f} s)"
        )

    def _study(self, name: str) -> optuna.Study:
        if name not in self._studies:
            self._studies[name] = optuna.create_study(
                direction="maximize" if self.bench.higher else "minimize",
                sampler=optuna.samplers.TPESampler(seed=self.bench.seed, n_startup_trials=6),
                pruner=optuna.pruners.MedianPruner(n_startup_trials=2),
            )
        return self._studies[name]

    def _ask(self, name: str, space: Space) -> Recipe:
        asked = self._study(name).ask({key: distribution(c) for key, c in space.items()})
        recipe = self.bench.recipe(name, asked.params)
        self._asked[recipe.digest] = asked
        return recipe

    def _score_of(self, recipe: Recipe) -> float:
        return next(t.candidate.score for t in self.trials if t.candidate.recipe == recipe)

    def _ranked(self) -> list[str]:
        """Algorithms with something to tune, the best first."""
        sign = -1.0 if self.bench.higher else 1.0
        best: dict[str, float] = {}
        for trial in self.trials:
            score = sign * trial.candidate.score
            name = trial.candidate.algorithm
            if score == score and self.bench.space(name):
                best[name] = min(score, best.get(name, float("inf")))
        best.pop(self.bench.baseline, None)
        return sorted(best, key=lambda name: (best[name], name))


def _report_again(asked: optuna.trial.Trial, folds: tuple[float, ...]) -> None:
    """What a trial that was finished before told the pruner then, so that it decides alike."""
    for fold in range(len(folds) - 1):
        asked.report(float(np.mean(folds[: fold + 1])), fold)


def _pruner(asked: optuna.trial.Trial | None) -> Callable[[int, float], bool]:
    def should_prune(fold: int, mean: float) -> bool:
        if asked is None:
            return False
        asked.report(mean, fold)
        return bool(asked.should_prune())

    return should_prune

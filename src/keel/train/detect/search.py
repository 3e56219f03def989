"""Looks for the detector that agrees most with the others."""

from collections.abc import Iterator, Sequence

import numpy as np

from keel.errors import TableError
from keel.train.detect.agreement import with_agreement
from keel.train.detect.second_setting import second_setting
from keel.train.progress import Tell
from keel.train.search.bench import Bench
from keel.train.search.candidate import Recipe
from keel.train.search.search import Budget, Search
from keel.train.search.trial_cache import Trial, TrialCache

SECOND = "second setting"


def search_agreement(
    bench: Bench, sizes: Sequence[int], budget: Budget, cache: TrialCache, tell: Tell
) -> Search:
    """Fit every detector as it comes and in a second setting, and compare what they say.

    Without labels there is nothing to tune by: more settings of one algorithm would only outvote
    the others. The baseline is tried too, and costs no trial. Time only stops between trials.
    sizes: how many rows each fold validates. Raises TableError where no detector tells rows apart.
    """
    deadline = budget.clock() + budget.seconds
    trials = [_try(bench, bench.recipe(bench.baseline, {}), cache)]
    names = [bench.baseline]
    stopped = "nothing is left to try"
    for recipe, why in _recipes(bench):
        if len(trials) > budget.trials or budget.clock() >= deadline:
            spent = len(trials) > budget.trials
            stopped = f"{budget.trials} trials" if spent else f"{budget.seconds / 60:g} minutes"
            break
        trials.append(_try(bench, recipe, cache))
        names.append(f"{recipe.algorithm}{f', {why}' if why == SECOND else ''}")
        seconds = trials[-1].candidate.seconds
        tell(f"{len(trials) - 1:3d} {recipe.algorithm:<20s} {why:<14s} ({seconds:.1f} s)")
    if not any(np.ptp(trial.scores) > 0 for trial in trials):
        raise TableError(
            "every detector scores every row the same: no feature differs from row to row; add one "
            "that does"
        )
    compared = with_agreement(trials, sizes, bench.baseline)
    told = zip(compared[1:], names[1:], strict=True)
    for trial, name in sorted(told, key=lambda pair: -pair[0].candidate.score):
        tell(f"agreement {trial.candidate.score:.4f} of {name}")
    return Search(compared, bench.skipped, stopped)


def _recipes(bench: Bench) -> Iterator[tuple[Recipe, str]]:
    for name in bench.turns():
        yield bench.recipe(name, {}), "default"
    for name in bench.turns():
        parameters = {k: v for k, v in bench.space(name).items() if k.startswith("parameters.")}
        if parameters:
            yield bench.recipe(name, second_setting(parameters)), SECOND


def _try(bench: Bench, recipe: Recipe, cache: TrialCache) -> Trial:
    trial = cache.read(recipe)
    if trial is None:
        trial = bench.cross_validate(recipe, lambda _fold, _mean: False)
        cache.write(trial)
    return trial

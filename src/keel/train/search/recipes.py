"""Which recipes a search may try: the algorithm's own space, encodings, imbalance, target."""

from collections.abc import Iterator, Mapping

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from keel.train.algorithm import Choice, Range, Space, Value
from keel.train.encode.encoding import encoding_space
from keel.train.models.picks import default
from keel.train.search.candidate import Recipe
from keel.train.search.workbench import Workbench


def recipe_space(bench: Workbench, algorithm: str) -> Space:
    """Everything searched for one algorithm, keys prefixed by what they settle.

    Empty when there is nothing to choose.
    """
    chosen = bench.algorithms[algorithm]
    space = {f"parameters.{k}": v for k, v in chosen.space(bench.facts).items()}
    encodings = encoding_space(chosen.needs, bench.examples.columns)
    space |= {f"encoding.{key}": choice for key, choice in encodings.items()}
    if algorithm == bench.task.baseline():
        return {}
    if bench.is_regression:
        space["target"] = Choice(bench.targets)
    else:
        space["imbalance"] = Choice(tuple(bench.methods))
    return {key: choice for key, choice in space.items() if not _settled(choice)}


def default_recipe(bench: Workbench, algorithm: str) -> Recipe:
    """The algorithm as it comes."""
    space = recipe_space(bench, algorithm)
    return to_recipe(bench, algorithm, {key: default(choice) for key, choice in space.items()})


def imbalance_recipes(bench: Workbench, recipe: Recipe) -> Iterator[Recipe]:
    """`recipe` with every other applicable way to treat imbalance."""
    for method in bench.methods:
        if method != recipe.imbalance:
            yield Recipe(
                recipe.algorithm, recipe.parameters, recipe.encoding, method, recipe.target
            )


def to_recipe(bench: Workbench, algorithm: str, values: Mapping[str, Value]) -> Recipe:
    """A recipe from the values that a search chose; what has one option only is filled in."""
    chosen = bench.algorithms[algorithm]
    parameters = {k: default(v) for k, v in chosen.space(bench.facts).items()}
    encodings = encoding_space(chosen.needs, bench.examples.columns)
    encoding = {k: default(v) for k, v in encodings.items()}
    for key, value in values.items():
        part, _, name = key.partition(".")
        if part == "parameters":
            parameters[name] = value
        elif part == "encoding":
            encoding[name] = value
    return Recipe(
        algorithm,
        parameters,
        encoding,
        str(values.get("imbalance", next(iter(bench.methods)))),
        str(values.get("target", bench.targets[0])),
    )


def distribution(choice: Choice | Range) -> BaseDistribution:
    """The same for Optuna."""
    if isinstance(choice, Choice):
        return CategoricalDistribution(choice.options)
    if choice.whole:
        return IntDistribution(int(choice.low), int(choice.high), log=choice.log)
    return FloatDistribution(choice.low, choice.high, log=choice.log)


def _settled(choice: Choice | Range) -> bool:
    return isinstance(choice, Choice) and len(choice.options) < 2

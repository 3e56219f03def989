"""Which recipes a search may try: the algorithm's own space, encodings, imbalance, target."""

from collections.abc import Iterator, Mapping

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from keel.spec.kinds import Kind, TaskName
from keel.train.algorithm import Choice, Needs, Range, Space, Value
from keel.train.candidate import Recipe
from keel.train.workbench import Workbench

TARGETS = Choice(("none", "log", "yeo_johnson"))

WIDE = 8
"""Fewer columns than this are not worth projecting."""


def recipe_space(bench: Workbench, algorithm: str) -> Space:
    """Everything searched for one algorithm, keys prefixed by what they settle.

    Empty when there is nothing to choose.
    """
    chosen = bench.algorithms[algorithm]
    space = {f"parameters.{k}": v for k, v in chosen.space(bench.facts).items()}
    encodings = encoding_space(chosen.needs, bench.kinds, bench.facts.columns)
    space |= {f"encoding.{key}": choice for key, choice in encodings.items()}
    if bench.task.name is TaskName.REGRESS:
        space["target"] = Choice(tuple(t for t in TARGETS.options if bench.target_applies(str(t))))
    elif len(bench.methods) > 1:
        space["imbalance"] = Choice(bench.methods)
    return {key: choice for key, choice in space.items() if not _settled(choice)}


def encoding_space(needs: Needs, kinds: frozenset[Kind], columns: int) -> dict[str, Choice]:
    """The freedom that an algorithm's needs leave to the encoding."""
    space: dict[str, Choice] = {}
    if Kind.NUMBER in kinds and needs.scaled:
        space["numbers"] = Choice(("standard", "yeo_johnson", "log"))
    if Kind.CATEGORY in kinds:
        space["categories"] = Choice(needs.categories)
    if Kind.TEXT in kinds and not needs.text:
        space["text"] = Choice(("svd:64", "svd:32", "svd:128"))
    if needs.scaled and not needs.text and columns >= WIDE:
        space["reduce"] = Choice(("none", "pca:0.95"))
    return space


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
    encodings = encoding_space(chosen.needs, bench.kinds, bench.facts.columns)
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
        str(values.get("imbalance", bench.methods[0])),
        str(values.get("target", "none")),
    )


def default(choice: Choice | Range) -> Value:
    """What is taken untouched."""
    if isinstance(choice, Choice):
        return choice.options[0]
    return int(choice.default) if choice.whole else float(choice.default)


def distribution(choice: Choice | Range) -> BaseDistribution:
    """The same for Optuna."""
    if isinstance(choice, Choice):
        return CategoricalDistribution(choice.options)
    if choice.whole:
        return IntDistribution(int(choice.low), int(choice.high), log=choice.log)
    return FloatDistribution(choice.low, choice.high, log=choice.log)


def _settled(choice: Choice | Range) -> bool:
    return isinstance(choice, Choice) and len(choice.options) < 2

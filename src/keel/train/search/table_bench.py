"""What a search can try on the rows of a table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from keel.spec.promise import Measure
from keel.train.algorithm import Space, Value
from keel.train.search.candidate import Recipe, Skipped
from keel.train.search.cross_validate import cross_validate
from keel.train.search.recipes import default_recipe, imbalance_recipes, recipe_space, to_recipe
from keel.train.search.trial_cache import Trial
from keel.train.search.workbench import Workbench

FIRST = (
    "lightgbm",
    "logistic",
    "linear",
    "random_forest",
    "naive_bayes",
    "linear_svm",
    "decision_tree",
    "neural_network",
    "nearest_neighbours",
    "rbf_svm",
    "unseen_event",
    "event_values",
    "rare_counts",
    "nearest_counts",
    "event_order",
    "event_rates",
    "event_families",
    "z_score",
    "interquartile",
    "ecod",
    "copod",
    "isolation_forest",
    "robust_covariance",
    "neighbour_distance",
    "local_outlier_factor",
    "one_class_svm",
    "autoencoder",
    "event_lstm",
    "event_attention",
)
"""The order in which defaults are tried: a short budget must not be spent on slow algorithms."""


@dataclass(frozen=True, eq=False)
class TableBench:
    """See `Bench`."""

    bench: Workbench

    @property
    def measure(self) -> Measure:
        """What a trial is scored by."""
        return self.bench.measure

    @property
    def higher(self) -> bool:
        """Whether more of it is better."""
        return self.bench.higher

    @property
    def seed(self) -> int:
        """Of the search, too."""
        return self.bench.seed

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """With the reason."""
        return self.bench.skipped

    @property
    def baseline(self) -> str:
        """What looks at no feature."""
        return self.bench.task.baseline()

    def turns(self) -> list[str]:
        """Texts are quick for what reads n-grams as they are; the others wait for a projection of
        each column."""
        return sorted((n for n in self.bench.algorithms if n != self.baseline), key=self._turn)

    def space(self, name: str) -> Space:
        """Of the algorithm, its encoding, and how imbalance and target are treated."""
        return recipe_space(self.bench, name)

    def recipe(self, name: str, values: Mapping[str, Value]) -> Recipe:
        """What has one option only is filled in."""
        if not values:
            return default_recipe(self.bench, name)
        return to_recipe(self.bench, name, values)

    def variants(self, name: str) -> Iterator[tuple[Recipe, str]]:
        """Every way to treat imbalance."""
        for recipe in imbalance_recipes(self.bench, default_recipe(self.bench, name)):
            yield recipe, recipe.imbalance

    def cross_validate(self, recipe: Recipe, should_prune: Callable[[int, float], bool]) -> Trial:
        """Encodings are shared between trials."""
        return cross_validate(self.bench, recipe, should_prune)

    def _turn(self, name: str) -> tuple[bool, int, str]:
        slow = self.bench.facts.has_text and not self.bench.algorithms[name].needs.text
        return slow, FIRST.index(name) if name in FIRST else len(FIRST), name

"""The seam between a search and what it searches among."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from keel.spec.promise import Measure
from keel.train.algorithm import Space, Value
from keel.train.search.candidate import Recipe, Skipped
from keel.train.search.trial_cache import Trial


class Bench(Protocol):
    """What can be tried on the rows of one system. skipped: what cannot, and why."""

    @property
    def measure(self) -> Measure: ...
    @property
    def higher(self) -> bool: ...
    @property
    def seed(self) -> int: ...
    @property
    def skipped(self) -> tuple[Skipped, ...]: ...
    @property
    def baseline(self) -> str: ...

    def turns(self) -> Sequence[str]:
        """All but the baseline, in the order in which they are tried as they come: a short budget
        must not be spent on the slow ones."""
        ...

    def space(self, name: str) -> Space:
        """What is searched of one algorithm, empty where there is nothing to choose."""
        ...

    def recipe(self, name: str, values: Mapping[str, Value]) -> Recipe:
        """The recipe that these values of its space lead to."""
        ...

    def variants(self, name: str) -> Iterator[tuple[Recipe, str]]:
        """Other ways, each with a word for it, to train the leader as it comes."""
        ...

    def cross_validate(self, recipe: Recipe, should_prune: Callable[[int, float], bool]) -> Trial:
        """Fit and score on every fold."""
        ...

"""What was picked from a space, with the defaults of what was not."""

import numpy as np
from numpy.typing import NDArray

from keel.errors import DeclarationError
from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, Parameters, Range, Space, Value

ROUNDS = "rounds"
"""How many rounds (trees in a row, epochs) an algorithm that stops early was given or kept. Not
searched: a fit with a validation part reports it, a refit without one is given it."""


class Picks:
    """Typed access to parameters. Raises DeclarationError on a name that the space lacks."""

    def __init__(self, space: Space, parameters: Parameters) -> None:
        unknown = sorted(set(parameters) - set(space) - {ROUNDS})
        if unknown:
            allowed = ", ".join(space) or "none"
            raise DeclarationError(
                [f"{name!r} is not a parameter here; allowed: {allowed}" for name in unknown]
            )
        self._values: dict[str, Value] = {name: default(space[name]) for name in space}
        self._values.update(parameters)

    def number(self, name: str) -> float:
        """A real number."""
        value = self._values[name]
        if isinstance(value, int | float):
            return float(value)
        raise _wrong(name, value, "a number")

    def whole(self, name: str) -> int:
        """An integer."""
        return round(self.number(name))

    def word(self, name: str) -> str:
        """A word."""
        return str(self._values[name])

    def flag(self, name: str) -> bool:
        """True or false."""
        return bool(self._values[name])

    def value(self, name: str) -> Value:
        """As it was picked."""
        return self._values[name]

    @property
    def rounds(self) -> int | None:
        """How many rounds to make at most; None leaves it to the algorithm."""
        return self.whole(ROUNDS) if self._values.get(ROUNDS) is not None else None


def default(choice: Choice | Range) -> Value:
    """What is tried first."""
    if isinstance(choice, Choice):
        return choice.options[0]
    return round(choice.default) if choice.whole else float(choice.default)


def facts_of(fit: Fit) -> Facts:
    """The facts of one fit."""
    text = fit.matrix.text
    return Facts(
        TaskName.CLASSIFY if fit.classes else TaskName.REGRESS,
        len(fit.matrix),
        int(fit.matrix.dense.shape[1]),
        fit.classes,
        text is not None,
        text is not None and fit.matrix.dense.shape[1] == 0,
        rarest=rarest_share(fit.label, fit.classes),
    )


def rarest_share(label: NDArray[np.int64] | NDArray[np.float64], classes: int) -> float:
    """Of [n] codes, the share of the rarest of those that occur; 1 where there are no classes."""
    if not classes or not len(label):
        return 1.0
    counts = np.bincount(label.astype(np.int64), minlength=classes)
    return float(counts[counts > 0].min() / len(label))


def plain(parameters: dict[str, object]) -> dict[str, Value]:
    """A library's parameters as plain values; what is not plain becomes its text."""
    return {
        name: value if isinstance(value, int | float | str | bool | None) else str(value)
        for name, value in sorted(parameters.items())
    }


def _wrong(name: str, value: Value, allowed: str) -> DeclarationError:
    return DeclarationError([f"{name} is {value!r}, but must be {allowed}"])

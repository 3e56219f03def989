"""One look at a release: which intervals it takes, and how sure they are."""

from dataclasses import dataclass

from keel.metrics.interval import Tails
from keel.metrics.sequential.bounds import ALWAYS, Bounds


@dataclass(frozen=True)
class Look:
    """tail: the chance at either end of each interval. name: what to call such an interval."""

    bounds: Bounds
    tail: float
    name: str

    @property
    def tails(self) -> Tails:
        """Of both ends."""
        return self.tail, self.tail

    def sharing(self, parts: int) -> "Look":
        """The same for each of so many figures that must all hold."""
        return Look(self.bounds, self.tail / max(parts, 1), self.name)


def any_look(tail: float) -> Look:
    """One of as many as one likes."""
    return Look(ALWAYS, tail, f"always-valid {sureness(tail)} interval")


def sureness(tail: float) -> str:
    """How sure an interval with this tail at either end is: `95 %`."""
    return f"{100 * (1 - 2 * tail):.3g} %"

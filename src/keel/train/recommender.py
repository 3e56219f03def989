"""The seam of recommenders: fit on events, score a catalogue for any history."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from keel.data.histories import Float32, Histories, histories_of
from keel.data.interactions import Codes, Interactions
from keel.train.algorithm import Parameters, Space
from keel.train.export.graph import Graph
from keel.train.recommend.content import Content
from keel.train.recommend.graph_history import GraphHistory

Scores = Literal["rank", "rating"]
"""`rank`: the higher, the sooner shown, and nothing else. `rating`: in units of the values."""


@dataclass(frozen=True)
class Facts:
    """What a recommender may ask of the task before it is tried. segments: how many codes say
    what is known of users beside their events, 1 where nothing is."""

    users: int
    items: int
    events: int
    has_time: bool
    has_value: bool
    has_content: bool
    segments: int = 1


@dataclass(frozen=True, eq=False)
class Fit:
    """What to fit on. content: of all items, None where nothing is known of them. segment: [users]
    codes below `segments`, 0 for nothing known; None for all. threads: how many the fit may use."""

    interactions: Interactions
    parameters: Parameters
    seed: int
    threads: int
    content: Content | None = None
    segment: Codes | None = None
    segments: int = 1

    @cached_property
    def histories(self) -> Histories:
        """What each user did."""
        return histories_of(self.interactions, self.segment)

    @property
    def facts(self) -> Facts:
        """The same, as sizes."""
        return Facts(
            self.interactions.users,
            self.interactions.items,
            len(self.interactions),
            self.interactions.time is not None,
            self.interactions.value is not None,
            self.content is not None,
            self.segments,
        )


class FittedRecommender(Protocol):
    """A model of what follows from a history. It knows no user: one that it was fitted on and one
    that came yesterday are answered alike, from what they did. Natively and in a graph it gives
    the same scores to 1e-4 of their spread."""

    @property
    def parameters(self) -> Parameters:
        """Every parameter as resolved, and what fitting chose."""
        ...

    def scores(self, histories: Histories) -> Float32:
        """[n, items] of the whole catalogue, no item left out, in an array of its own that the
        caller may change. All are held at once: ask for as many histories as fit."""
        ...

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph: a FLOAT [n, items] tensor's name."""
        ...


class Recommender(Protocol):
    """One way to recommend. One file per recommender in `recommenders/`, found by its place."""

    @property
    def name(self) -> str:
        """Its word in a declaration: `ease`."""
        ...

    @property
    def answers(self) -> Scores:
        """What its scores are."""
        ...

    def skip(self, facts: Facts) -> str | None:
        """Why it cannot apply here, in one sentence; None if it can."""
        ...

    def space(self, facts: Facts) -> Space:
        """What is searched, with defaults that are good untouched."""
        ...

    def fit(self, fit: Fit) -> FittedRecommender:
        """Learn. The same `Fit` gives the same model."""
        ...

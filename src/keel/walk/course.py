"""The seam between the walk, which is the same for every task, and what each task does at it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from keel.data.check import Checked
from keel.evaluate.card.content import CardContent
from keel.evaluate.leakage.finding import Finding
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.registry.record import Record, RowCounts
from keel.registry.version import Status
from keel.spec.system import System
from keel.store import Store
from keel.train.export.answerer import Answerer
from keel.train.export.exported import Exported
from keel.train.progress import Tell
from keel.walk.walked import Walked


class Prepared(Protocol):
    """Examples, divided. protocol: how, in one sentence. rows: how many have which use. classes,
    groups: what `for` and `by` of a promise may name. recorded: plain values that a refit needs
    beside the table and the declaration."""

    @property
    def protocol(self) -> str: ...
    @property
    def rows(self) -> RowCounts: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def groups(self) -> tuple[str, ...]: ...
    @property
    def recorded(self) -> Mapping[str, object]: ...


class Learned(Protocol):
    """A model with the story of its search. largest_difference: between the exported and the
    native model. parameters: everything that was settled, by part; `recipe` is what a refit
    takes. why: it won, in words. trials: how many recipes were tried."""

    @property
    def exported(self) -> Exported: ...
    @property
    def largest_difference(self) -> float: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, object]: ...
    @property
    def why(self) -> str: ...
    @property
    def trials(self) -> int: ...


class Judged(Protocol):
    """What the model answered to the test part, and the champion to the same cases, if there is
    one. looks: how often this test part was looked at, this time included."""

    @property
    def predictor(self) -> Answerer: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def champion(self) -> Evidence | None: ...
    @property
    def figures(self) -> Mapping[str, Estimate]: ...
    @property
    def looks(self) -> int: ...


P = TypeVar("P", bound=Prepared)
L = TypeVar("L", bound=Learned)
J = TypeVar("J", bound=Judged)


class Course(Protocol[P, L, J]):
    """How one task walks. Stages are functions of what they are given; the store is read for the
    champion and to count looks."""

    def prepare(self, checked: Checked, system: System, tell: Tell) -> P:
        """Examples from the checked table, divided into a test part and folds of the rest.

        Raises DeclarationError, LabelError or TableError for what cannot be learned from.
        """
        ...

    def find_leaks(self, prepared: P, system: System) -> tuple[Finding, ...]:
        """What gives the answer away, the gravest first."""
        ...

    def train(self, prepared: P, system: System, *, cache: Path, threads: int, tell: Tell) -> L:
        """Search within the declared budget. cache: a folder of finished trials."""
        ...

    def evaluate(
        self, prepared: P, learned: L, system: System, *, store: Store, threads: int, tell: Tell
    ) -> J:
        """Answer the test part, and examine the answers."""
        ...

    def refit(
        self, prepared: P, system: System, record: Record, *, tell: Tell
    ) -> tuple[Exported, Evidence]:
        """The recorded winner, fitted again, and what it answers to the test part."""
        ...

    def fill(self, folder: Path, walked: Walked[P, L, J]) -> None:
        """Write the model, its codecs, and whatever later stages compare with."""
        ...

    def card(
        self, walked: Walked[P, L, J], record: Record, number: int, status: Status
    ) -> CardContent:
        """Everything the card of this version says."""
        ...

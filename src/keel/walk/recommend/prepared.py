"""Events of users with items, divided."""

from collections.abc import Mapping
from dataclasses import dataclass

from keel.data.check import Checked
from keel.data.divide_events import divide_events
from keel.data.events import read_events
from keel.data.segments import group_users
from keel.registry.record import RowCounts
from keel.spec.system import System
from keel.train.recommend.world import World


@dataclass(frozen=True, eq=False)
class RecommendPrepared:
    """See `Prepared`."""

    checked: Checked
    world: World

    @property
    def protocol(self) -> str:
        """How the events were divided."""
        return self.world.split.protocol

    @property
    def rows(self) -> RowCounts:
        """Events by use."""
        split = self.world.split
        return RowCounts(
            train=len(split.train),
            validation=sum(len(fold.validate) for fold in split.folds),
            test=len(split.test),
            quarantined=self.checked.quarantine.rows,
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def groups(self) -> tuple[str, ...]:
        """What users can be compared by."""
        return self.world.groupable

    @property
    def recorded(self) -> Mapping[str, object]:
        """Nothing: the tables and the declaration settle the rest."""
        return {}


def prepare_events(checked: Checked, system: System) -> RecommendPrepared:
    """Read the events of `checked` and divide them. Raises TableError, DeclarationError."""
    events = read_events(checked, system)
    test_from = None
    if checked.test_from is not None:
        test_from = int((events.row < checked.test_from).sum())
    split = divide_events(events.interactions, system, test_from=test_from)
    segments = group_users(events.of_users, events.interactions.users)
    return RecommendPrepared(checked, World(events, split, segments, system.train.seed))

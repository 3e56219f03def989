"""One release: which versions answer which share of a system's traffic, and for how long."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keel.promises.verdict import Verdict
from keel.spec.release import Step

CHAMPION = "champion"
CHALLENGER = "challenger"
SHADOW = "shadow"

MOST_EXTENSIONS = 2


class Kind(StrEnum):
    """`steps`: a challenger takes over step by step; `ab`: versions side by side; `aa`: the
    champion beside itself, which shows whether splitting and judging are sound."""

    STEPS = "steps"
    AB = "ab"
    AA = "aa"


class State(StrEnum):
    """`running` and `asking` (a person has to say how it goes on) are in flight; the others are how
    a release ended."""

    RUNNING = "running"
    ASKING = "asking"
    DONE = "done"
    ROLLED_BACK = "rolled back"
    ENDED = "ended"


@dataclass(frozen=True)
class Arm:
    """A version under the name that its answers are logged with, and its share of the units."""

    name: str
    number: int
    share: float


@dataclass(frozen=True)
class Release:
    """A release as the database knows it.

    champion: the version that answered when it began. arms: what is compared, the challenger first.
    step: the place in `steps`. extended: how often this step was. verdicts: of the last look.
    reason: why it is in its state.
    """

    id: int
    system: str
    kind: Kind
    state: State
    champion: int
    arms: tuple[Arm, ...]
    steps: tuple[Step, ...]
    step: int
    step_began_at: datetime
    step_ends_at: datetime | None
    extended: int
    salt: str
    actor: str
    began_at: datetime
    ended_at: datetime | None = None
    reason: str = ""
    looked_at: datetime | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def in_flight(self) -> bool:
        """Whether it decides which version answers."""
        return self.ended_at is None

    @property
    def at_step(self) -> Step:
        """The step it is at."""
        return self.steps[self.step]

    @property
    def challenger(self) -> int:
        """The version that is released, or the first of those compared."""
        return self.arms[0].number

    @property
    def live(self) -> tuple[Arm, ...]:
        """The arms whose answers are returned, those with a share; they sum to 1."""
        if self.kind is not Kind.STEPS:
            return self.arms
        share = self.at_step.share
        arms = (
            Arm(CHALLENGER, self.challenger, share),
            Arm(CHAMPION, self.champion, 1 - share),
        )
        return tuple(arm for arm in arms if arm.share > 0)

    @property
    def shadow(self) -> Arm | None:
        """What is asked beside the champion, and not listened to."""
        in_shadow = self.kind is Kind.STEPS and self.at_step.shadow
        return Arm(SHADOW, self.challenger, 0.0) if in_shadow else None

    def __str__(self) -> str:
        if self.kind is Kind.AA:
            return f"A/A of {self.system}@{self.champion}"
        if self.kind is Kind.AB:
            shares = ", ".join(f"{self.system}@{a.number} {a.share:.0%}" for a in self.arms)
            return f"A/B of {shares}"
        return f"release of {self.system}@{self.challenger}"

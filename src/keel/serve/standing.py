"""Where a system stands: what is in memory for it, and which of that answers whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import polars as pl

from keel.releases.routing import Split
from keel.serve.answer_log import CHAMPION, Answered
from keel.serve.served import Served
from keel.train.export.predictor import Prediction


@dataclass(frozen=True, eq=False)
class Choice:
    """What answers a request: a version, the arm that its answers are logged under, and the release
    and the step that made it so, None without one."""

    served: Served
    arm: str = CHAMPION
    release: int | None = None
    step: int | None = None

    def answered(
        self,
        request_id: str,
        at: datetime,
        rows: pl.DataFrame | Mapping[str, object],
        prediction: Prediction,
        latency_ms: float,
        unit: str | None,
    ) -> Answered:
        """What is to be logged of an answer."""
        return Answered(
            self.served,
            request_id,
            at,
            rows,
            prediction,
            latency_ms,
            self.arm,
            self.release,
            self.step,
            unit,
        )

    def failed(
        self, request_id: str, at: datetime, latency_ms: float, unit: str | None, error: str
    ) -> Answered:
        """What is to be logged of a request without an answer. error: why there is none."""
        return Answered(
            self.served,
            request_id,
            at,
            {},
            None,
            latency_ms,
            self.arm,
            self.release,
            self.step,
            unit,
            error,
        )


@dataclass(frozen=True, eq=False)
class Standing:
    """What answers for a system now. served: the champion, None when nothing answers.

    routed: whether it has a champion. problem: why what answers is not what the routing says, or
    why nothing answers although it has a champion. split, arms: of a release in flight whose
    versions are all in memory. shadow: what is asked beside, and not listened to.
    """

    system: str
    routed: bool
    served: Served | None = None
    problem: str | None = None
    split: Split | None = None
    arms: Mapping[str, Choice] = field(default_factory=dict)
    shadow: Choice | None = None

    @cached_property
    def usual(self) -> Choice:
        """The champion, which must be there."""
        assert self.served is not None
        return Choice(self.served)

    def choose(self, unit: str) -> Choice:
        """What answers `unit`; the champion must be there."""
        if self.split is None or not self.arms:
            return self.usual
        return self.arms[self.split.choose(unit).arm]

    def choose_rows(
        self, unit: str | None, request_id: str, rows: Sequence[Mapping[str, object]]
    ) -> list[tuple[Choice, Sequence[int]]]:
        """What answers which of the rows, by their places."""
        if unit is not None or not self.arms or self._unit_column is None:
            return [(self.choose(unit or request_id), range(len(rows)))]
        places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            arm = self.choose(self.unit_of((row,)) or request_id).arm
            places.setdefault(arm, []).append(place)
        return [(self.arms[arm], places[arm]) for arm in places]

    def unit_of(self, rows: Sequence[Mapping[str, object]]) -> str | None:
        """The entity that all of these rows name: the first that is declared."""
        column = self._unit_column
        if column is None or not rows:
            return None
        first = rows[0].get(column)
        alike = first is not None and all(row.get(column) == first for row in rows)
        return str(first) if alike else None

    @cached_property
    def _unit_column(self) -> str | None:
        return None if self.served is None else self.served.unit_column

    @property
    def digests(self) -> frozenset[str]:
        """The artifacts that are in use."""
        served = [choice.served for choice in self.arms.values()]
        served += [] if self.served is None else [self.served]
        served += [] if self.shadow is None else [self.shadow.served]
        return frozenset(one.digest for one in served)

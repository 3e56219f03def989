"""Everything a diagnosis looks at, read beforehand."""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from keel.data.histories import Float32, Histories
from keel.data.interactions import Codes
from keel.train.algorithm import Parameters
from keel.train.recommend.content import Content

EVENT_SCHEMA = pl.Schema(
    [("user", pl.String), ("item", pl.String), ("time", pl.Int64), ("value", pl.Float64)]
)
"""Columns of events: ids as text, microseconds since 1970 in UTC or null, a number or null."""

ANSWER_SCHEMA = pl.Schema([("user", pl.String), ("time", pl.Int64), ("items", pl.List(pl.String))])
"""Columns of answers that were given: to whom, when, and the items as shown, the first on top."""

Scorer = Callable[[Histories], Float32]
"""[n, items] scores of the whole catalogue for n histories, no item left out."""


@dataclass(frozen=True, eq=False)
class AskedModel:
    """A version that can be asked. name: `movies@7`. catalogue: the ids of items by code, as the
    version reads and writes them when it answers. parameters, seed: as recorded. content: of the
    catalogue, where the model learned from it. users: ids of the users it learned from, by code;
    empty for their rising order. segment: [users] codes of what is known of them beside events, 0
    for nothing, below `segments`; None for all."""

    name: str
    algorithm: str
    catalogue: tuple[str, ...]
    scores: Scorer
    parameters: Parameters = field(default_factory=dict)
    seed: int = 7
    content: Content | None = None
    users: tuple[str, ...] = ()
    segment: Codes | None = None
    segments: int = 1


@dataclass(frozen=True)
class Serving:
    """How answers are made. liked: the value from which on an event counts for a history; None
    where all do. k: how many items are shown."""

    exclude_seen: bool = True
    k: int = 10
    liked: float | None = None


@dataclass(frozen=True, eq=False)
class Situation:
    """A recommender at one moment. trained, now: events as the version learned from them, and as
    they read today; `EVENT_SCHEMA`. as_of: when they were read, in microseconds since 1970.
    items_then, items_now: tables of items, the id first; None where there is none. answers: what
    was shown, `ANSWER_SCHEMA`, may be empty. user: whom to explain beside the whole. held: events
    that the version knows and did not learn from, such as its test part. lag: how old the
    newest event usually is, in microseconds."""

    model: AskedModel
    trained: pl.DataFrame
    now: pl.DataFrame
    as_of: int
    items_then: pl.DataFrame | None = None
    items_now: pl.DataFrame | None = None
    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWER_SCHEMA))
    serving: Serving = Serving()
    challenger: AskedModel | None = None
    user: str | None = None
    held: pl.DataFrame | None = None
    lag: int = 0
    seed: int = 7

"""Replays history through the online path, and holds what it answers against the offline result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.backends.open_online import open_online
from keel.backends.scratch import scratch_folder
from keel.features.events import Events, Rows
from keel.features.find import in_history, readers_of, with_figures
from keel.features.online.online_features import OnlineFeatures
from keel.features.plan import FeaturePlan
from keel.features.read_events import RowReader, figure_columns
from keel.train.progress import Tell
from keel.walk.features.prepared import FeaturesPrepared

CLOSE = 1e-9
"""Numbers further apart than this, relatively, differ."""

FILLED = 0.5
"""The share of history that is filled in at once, as `keel run` does; the rest comes in live."""


@dataclass(frozen=True)
class VerifiedFeature:
    """How many rows differ: both have a value, but not the same one; only offline has one; only
    online has one. example: the first such row."""

    name: str
    different: int
    missing: int
    extra: int
    example: str | None = None

    @property
    def same(self) -> bool:
        """Whether no row differs."""
        return not (self.different or self.missing or self.extra)


@dataclass(frozen=True)
class Verification:
    """rows: how many were asked. events: how many were replayed."""

    rows: int
    events: int
    features: tuple[VerifiedFeature, ...]

    @property
    def same(self) -> bool:
        """Whether online and offline agree on every feature."""
        return all(feature.same for feature in self.features)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        features = [{**vars(feature), "same": feature.same} for feature in self.features]
        return {
            "same": self.same,
            "rows": self.rows,
            "events": self.events,
            "features": features,
        }


def verify(prepared: FeaturesPrepared, rows: int, scratch: Path, tell: Tell) -> Verification:
    """Ask for up to `rows` rows of the first table, at their own time, as history comes in.

    Half of the events are filled in as `keel run` does; the others arrive one after the other, in
    the order in which they arrived, some of them twice.
    """
    plan = prepared.plan
    asked = _drawn(prepared.frames[next(iter(prepared.system.data))], plan, rows)
    if not plan.figures:
        return Verification(len(asked), 0, _compare(plan, asked, asked, asked))
    offline = with_figures(plan, in_history(prepared.tables))(asked)
    history = _history(plan, prepared.frames, asked)
    events = sum(len(of_table) for of_table in history.values())
    tell(f"verify    {len(asked):,} rows, {events:,} events of their entities")
    with scratch_folder(scratch) as folder:
        store = open_online(f"sqlite:///{folder / 'verify.db'}")
        found = _replay(OnlineFeatures(store, "verify", plan.figures), history, plan, asked, tell)
        store.close()
    online = asked.hstack(figure_columns(plan.figures, found))
    return Verification(len(asked), events, _compare(plan, asked, offline, online))


def _drawn(frame: pl.DataFrame, plan: FeaturePlan, rows: int) -> pl.DataFrame:
    """Rows evenly from the first to the last, in the order of their time."""
    frame = frame.select(column.name for column in plan.source)
    if plan.tables and plan.events.time is not None:
        frame = frame.sort(plan.events.time, maintain_order=True)
    chosen = np.unique(np.linspace(0, len(frame) - 1, min(rows, len(frame))).astype(np.int64))
    return frame[chosen]


def _history(
    plan: FeaturePlan, frames: Mapping[str, pl.DataFrame], asked: pl.DataFrame
) -> dict[str, Events]:
    """The events of the entities that are asked for, in the order in which they arrived: others
    change nothing."""
    kept = {}
    for name, reader in readers_of(plan).items():
        belongs = [
            pl.col(reader.table.entities[entity]).is_in(
                asked[plan.events.entities[entity]].unique().implode()
            )
            for entity in reader.entities
        ]
        frame = frames[name].filter(pl.any_horizontal(belongs))
        events = reader.read(frame.select(reader.reads))
        kept[name] = events.take(np.argsort(_arrival(events), kind="stable"))
    return kept


def _replay(
    online: OnlineFeatures,
    history: Mapping[str, Events],
    plan: FeaturePlan,
    asked: pl.DataFrame,
    tell: Tell,
) -> dict[str, pl.Series]:
    arrivals = {n: _arrival(events) for n, events in history.items()}
    every = np.sort(np.concatenate(list(arrivals.values())))
    middle = int(every[int(len(every) * FILLED)]) if len(every) else 0
    done = dict.fromkeys(history, 0)
    parts: list[Mapping[str, pl.Series]] = []
    rows = RowReader(plan).read(asked)
    told = 0
    for number, one in enumerate(_each(rows)):
        time = int(one.time[0])
        for name, events in history.items():
            end, filled = (
                int(np.searchsorted(arrivals[name], until, side="right"))
                for until in (time, min(middle, time))
            )
            _take(online, name, events, done[name], filled, fill=True)
            _take(online, name, events, max(filled, done[name]), end, fill=False)
            done[name] = max(end, done[name])
        parts.append(online.figures(one))
        if (number + 1) * 10 // len(rows) > told:
            told = (number + 1) * 10 // len(rows)
            tell(f"verify    {told * 10} % of the rows asked")
    return {n: pl.concat([part[n] for part in parts]) for n in parts[0]} if parts else {}


def _take(
    online: OnlineFeatures, table: str, events: Events, begin: int, end: int, *, fill: bool
) -> None:
    if begin >= end:
        return
    some = events.slice(begin, end - begin)
    payloads = [str(row).encode() for row in range(begin, end)]
    if fill:
        online.fill(table, some, payloads)
        return
    online.write(table, some, payloads)
    # What is sent again must change nothing.
    online.write(table, events.slice(end - 1, 1), payloads[-1:])


def _arrival(events: Events) -> NDArray[np.int64]:
    return (events.time if events.arrival is None else events.arrival).to_numpy()


def _each(rows: Rows) -> Iterator[Rows]:
    for number in range(len(rows)):
        yield rows.take([number])


def _compare(
    plan: FeaturePlan, asked: pl.DataFrame, offline: pl.DataFrame, online: pl.DataFrame
) -> tuple[VerifiedFeature, ...]:
    pairs = zip(
        plan.compute(offline).iter_columns(), plan.compute(online).iter_columns(), strict=True
    )
    return tuple(_compare_one(asked, left, right) for left, right in pairs)


def _compare_one(asked: pl.DataFrame, offline: pl.Series, online: pl.Series) -> VerifiedFeature:
    here, there = offline.is_not_null(), online.is_not_null()
    differs = here & there & _differs(offline, online)
    odd = (differs | (here != there)).arg_true()
    example = None
    if len(odd):
        row = int(odd[0])
        said = ", ".join(f"{name}={value}" for name, value in asked.row(row, named=True).items())
        example = f"offline {offline[row]}, online {online[row]} for {said}"
    return VerifiedFeature(
        offline.name,
        int(differs.sum()),
        int((here & ~there).sum()),
        int((there & ~here).sum()),
        example,
    )


def _differs(offline: pl.Series, online: pl.Series) -> pl.Series:
    if not offline.dtype.is_float():
        return (offline != online).fill_null(value=False)
    gap = (offline - online).abs()
    largest = pl.select(pl.max_horizontal(offline.abs(), online.abs())).to_series()
    return (gap > CLOSE * largest).fill_null(value=False)

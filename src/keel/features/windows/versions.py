"""Several rows of one event, and events that arrive late: what was known of them when."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from keel.features.events import Events
from keel.features.windows.timeline import Codes, Micros, Timeline, Truths, Window, timeline

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Versions:
    """n rows. arrival: [n] from when on each is known. gone: [n] from when on another row of its
    key is known in its place, `NEVER` for the last. chain: rows by their keys and arrivals, without
    those that were gone when they arrived. first: [chain] whether each is the first of its key."""

    arrival: Micros
    gone: Micros
    chain: Codes
    first: Truths

    @cached_property
    def several(self) -> bool:
        """Whether a key has more than one row that anybody saw."""
        return not bool(self.first.all())

    @cached_property
    def lasting(self) -> Truths:
        """[n] the last row of each key."""
        lasting: Truths = self.gone == NEVER
        return lasting

    def sight(self, entity: Codes, time: Micros, reading: pl.Series | None) -> "Sight":
        """When what counts for a reading was known: rows of a key that say the same, one after the
        other up to the last, are known as one from the first on."""
        chain = self.chain
        if not self.several:
            return Sight(self, entity, time, self.arrival, chain[:0])
        differs = self.first.copy()
        for column in (entity, time):
            differs[1:] |= column[chain[1:]] != column[chain[:-1]]
        if reading is not None:
            said = reading.gather(chain)
            differs[1:] |= said.slice(1).ne_missing(said.head(max(len(said) - 1, 0))).to_numpy()
        begin = np.maximum.accumulate(np.where(differs, np.arange(len(chain)), 0))
        run = np.cumsum(differs)
        at_last = self.lasting[chain]
        last_run = np.zeros(int(run[-1]) + 1 if len(run) else 1, dtype=np.bool_)
        last_run[run[at_last]] = True
        arrival = self.arrival.copy()
        arrival[chain[at_last]] = self.arrival[chain[begin[at_last]]]
        lost = chain[~last_run[run]]
        return Sight(self, entity, time, arrival, lost[entity[lost] >= 0])


@dataclass(frozen=True, eq=False)
class Sight:
    """arrival: [n] of lasting rows, when what they say was first known. lost: rows that say
    something else than the last of their key. found: what `affected` found, for the same lines."""

    versions: Versions
    entity: Codes
    time: Micros
    arrival: Micros
    lost: Codes
    found: dict[Window, Codes] = field(default_factory=dict)

    @cached_property
    def line(self) -> Timeline:
        """The lost rows, by entity and time."""
        entity = np.full(len(self.entity), -1)
        entity[self.lost] = self.entity[self.lost]
        return timeline(entity, self.time)

    def affected(self, asked: Timeline, lasting: Timeline, window: Window) -> Codes:
        """Which rows that ask, by their place in `asked`, see anything else than the lasting rows
        in their window: some that were not there yet, or others in their stead."""
        if window in self.found:
            return self.found[window]
        late = lasting.order[self.arrival[lasting.order] > lasting.time + window[1]]
        begin = self._seen_from(late, window)
        steps = self._steps(asked, late, begin, self.arrival[late], window)
        lost = self.line.order
        begin = np.maximum(self._seen_from(lost, window), self.versions.arrival[lost])
        steps += self._steps(asked, lost, begin, self.versions.gone[lost], window)
        self.found[window] = np.flatnonzero(np.cumsum(steps[:-1]) > 0)
        return self.found[window]

    def _seen_from(self, rows: Codes, window: Window) -> Micros:
        _, delay, closed = window
        return self.time[rows] + delay + (not closed)

    def _steps(
        self, asked: Timeline, rows: Codes, begin: Micros, end: Micros, window: Window
    ) -> Codes:
        """[q + 1] where stretches of asking rows begin that may see these rows, less where they
        end. rows: by entity and time, as the rows that ask are."""
        length, delay, _ = window
        if length is not None:
            end = np.minimum(end, self.time[rows] + delay + length)
        some = begin < end
        entity = self.entity[rows[some]]
        first, last = asked.at(entity, begin[some]), asked.at(entity, end[some])
        count = len(asked) + 1
        return np.bincount(first, minlength=count) - np.bincount(last, minlength=count)


def find_versions(events: Events) -> Versions | None:
    """None where every key has one row and that was known at its time."""
    count = len(events)
    time = events.time.to_numpy()
    arrival = time if events.arrival is None else events.arrival.to_numpy()
    several = events.key.n_unique() < count
    if not several and (events.arrival is None or bool(np.all(arrival <= time))):
        return None
    gone = np.full(count, NEVER)
    if not several:
        return Versions(arrival, gone, np.arange(count), np.ones(count, dtype=np.bool_))
    key = events.key.rank("dense").to_numpy().astype(np.int64)
    chain = np.lexsort((arrival, key))
    follows = key[chain[1:]] == key[chain[:-1]]
    gone[chain[:-1][follows]] = arrival[chain[1:][follows]]
    chain = chain[arrival[chain] < gone[chain]]
    first = np.ones(len(chain), dtype=np.bool_)
    first[1:] = key[chain[1:]] != key[chain[:-1]]
    return Versions(arrival, gone, chain, first)

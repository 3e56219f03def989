"""The known values of one reading along a line of events."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from keel.features.sketches.ddsketch import bucket_of, value_of
from keel.features.sketches.hyperloglog import MOST_RANK, Registers, index_and_rank
from keel.features.sketches.value_hash import hash_numbers, hash_texts
from keel.features.windows.distinct import Occurrences
from keel.features.windows.extremes import Extremes
from keel.features.windows.ranks import Ranks
from keel.features.windows.spread import Spread
from keel.features.windows.sums import Sums, sum_up
from keel.features.windows.timeline import Codes, Floats, Micros, Spans, Truths


@dataclass(frozen=True, eq=False)
class Read:
    """A reading of the whole table, followed by those of rows' own events, from `own` on; [all] is
    of both."""

    series: pl.Series
    own: int

    @cached_property
    def values(self) -> Floats:
        """[all] NaN where missing; -0.0 is 0.0."""
        return self.series.to_numpy() + 0.0

    @cached_property
    def codes(self) -> Codes:
        """[all] rising with the values, from 0 on; -1 where missing."""
        series = self.series
        if series.dtype != pl.String:
            series = pl.Series(self.values, nan_to_null=True)
        return series.rank("dense").fill_null(0).to_numpy().astype(np.int64) - 1

    @cached_property
    def representative(self) -> Codes:
        """[codes] a place of the reading that has the value of each code."""
        found = np.zeros(int(self.codes.max(initial=-1)) + 1, dtype=np.int64)
        known = np.flatnonzero(self.codes >= 0)
        found[self.codes[known]] = known
        return found

    @cached_property
    def sketched(self) -> tuple[Codes, Registers]:
        """[all] the register and the rank of each value; rank 0 where missing."""
        places = self.representative
        if self.series.dtype == pl.String:
            hashes = hash_texts(self.series.gather(places).to_list())
        else:
            hashes = hash_numbers(self.values[places])
        index, rank = index_and_rank(hashes)
        return np.append(index, 0)[self.codes], np.append(rank, np.uint8(0))[self.codes]

    @cached_property
    def buckets(self) -> tuple[Codes, Floats]:
        """[all] the code of each value's bucket, -1 where missing, and [codes] what stands for
        it."""
        numbers = self.values[self.representative]
        distinct, codes = np.unique(bucket_of(numbers), return_inverse=True)
        return np.append(codes, -1)[self.codes], value_of(distinct)


@dataclass(frozen=True, eq=False)
class Course:
    """k of n events. rows: [k] of the table. time, entity: [k] of each. before: [n + 1] how many of
    them come before each event, None where all are known."""

    read: Read
    rows: Codes
    time: Micros
    entity: Codes
    before: Codes | None

    def narrow(self, spans: Spans) -> Spans:
        """Of spans of all events, those of known ones."""
        if self.before is None:
            return spans
        return Spans(self.before[spans.left], self.before[spans.right])

    @cached_property
    def values(self) -> Floats:
        """[k]"""
        return self.read.values[self.rows]

    @cached_property
    def sums(self) -> Sums:
        """Of the values."""
        return sum_up(self.values)

    @cached_property
    def spread(self) -> Spread:
        """Of the values, around the one in the middle of each entity: ends are rather outliers."""
        if not len(self.entity):
            return Spread(self.values, self.values)
        starts = np.flatnonzero(np.diff(self.entity, prepend=self.entity[0] - 1))
        sizes = np.diff(starts, append=len(self.entity))
        return Spread(self.values, np.repeat(self.values[starts + sizes // 2], sizes))

    @cached_property
    def greatest(self) -> Extremes:
        """Of the values."""
        return Extremes(self.values)

    @cached_property
    def least(self) -> Extremes:
        """Of the values with their signs turned."""
        return Extremes(-self.values)

    @cached_property
    def occurrences(self) -> Occurrences:
        """Of the same values."""
        return Occurrences(self.read.codes[self.rows])

    @cached_property
    def levels(self) -> list[tuple[Codes, Occurrences]]:
        """For each rank that a value has at least, from 1 on: where such values are, rising, and
        their registers."""
        index, rank = self.read.sketched
        places, levels = np.arange(len(self.rows)), []
        for least in range(1, MOST_RANK + 1):
            places = places[rank[self.rows[places]] >= least]
            if not len(places):
                break
            levels.append((places, Occurrences(index[self.rows[places]])))
        return levels

    @cached_property
    def ranks(self) -> Ranks:
        """Of the buckets of the values."""
        return Ranks(self.read.buckets[0][self.rows], len(self.read.buckets[1]))


def lay_course(
    read: Read, order: Codes, time: Micros, entity: Codes, known: Truths | None
) -> Course:
    """order, time, entity: [n] of the events. known: [rows of the table], None where all are."""
    if known is None:
        return Course(read, order, time, entity, None)
    held = known[order]
    before = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(held, out=before[1:])
    return Course(read, order[held], time[held], entity[held], before)

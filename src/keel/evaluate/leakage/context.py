"""What every leakage check looks at: a seeded sample of training rows, and facts computed once."""

from functools import cached_property

import numpy as np
import polars as pl

from keel.data.examples import Examples
from keel.data.row_hash import hash_frame
from keel.data.split import Rows, Split
from keel.data.table import Column
from keel.evaluate.leakage.bins import OneColumn, one_column, read_codes
from keel.evaluate.leakage.target import Floats, Integers, Target, read_target
from keel.spec.kinds import Kind
from keel.spec.system import System

SAMPLE_ROWS = 30_000
SAMPLE_CELLS = 6_000_000
LEAST_ROWS = 2_000
FOLDS = 3
LARGEST = 1e100

NUMERIC = (Kind.NUMBER, Kind.BOOLEAN, Kind.TIME)


class Context:
    """The examples, their split and declaration, and a sample of the training rows.

    `accused`: columns that the checks before have found out.
    Everything that looks at labels looks at the sample, which holds no row of the test part; a
    check that says otherwise says why.
    """

    def __init__(self, examples: Examples, split: Split, system: System, seed: int) -> None:
        self.examples = examples
        self.split = split
        self.system = system
        self.seed = seed
        self.accused: frozenset[str] = frozenset()
        self._kinds = {column.name: column.kind for column in examples.columns}
        self._values: dict[str, Floats] = {}
        self._models: dict[str, OneColumn] = {}

    @cached_property
    def rows(self) -> Rows:
        """Row numbers of the sample, ascending: table order is kept."""
        most = min(SAMPLE_ROWS, max(LEAST_ROWS, SAMPLE_CELLS // max(1, len(self.columns))))
        train = np.sort(self.split.train)
        if len(train) <= most:
            return train
        chosen = np.random.default_rng(self.seed).choice(len(train), most, replace=False)
        return train[np.sort(chosen)]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The feature columns that are neither text nor sequence."""
        whole = (Kind.TEXT, Kind.SEQUENCE)
        return tuple(c for c in self.examples.columns if c.kind not in whole)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The sampled rows of all feature columns."""
        return self.examples.frame[self.rows]

    @cached_property
    def label(self) -> Floats:
        """[n] class codes or values of the sample, as they are."""
        return self.examples.label[self.rows].astype(np.float64)

    @cached_property
    def target(self) -> Target:
        """The label of the sample, in the form that columns are judged by."""
        return read_target(self.examples, self.rows)

    @cached_property
    def fold(self) -> Integers:
        """[n] which of the folds a sampled row is in; rows of one group share theirs."""
        generator = np.random.default_rng([self.seed, 1])
        if self.examples.group is None:
            return generator.permutation(len(self.rows)) % FOLDS
        _, group = np.unique(self.examples.group[self.rows], return_inverse=True)
        return (generator.permutation(int(group.max()) + 1) % FOLDS)[group]

    @cached_property
    def distinct_rows(self) -> Rows:
        """Positions in the sample without exact repetitions of features and label."""
        hashes = hash_frame(self.frame, self.seed % 2**32)
        label = self.label.view(np.uint64)
        mixed = hashes ^ (label * np.uint64(0x9E3779B97F4A7C15))
        return np.sort(np.unique(mixed, return_index=True)[1])

    def values(self, name: str) -> Floats:
        """[n] a sampled column as numbers: categories as codes, times in seconds, NaN missing."""
        if name not in self._values:
            self._values[name] = read_numbers(self.frame[name], self.kind(name))
        return self._values[name]

    def one_column(self, name: str) -> OneColumn:
        """What this column alone says about the label."""
        if name not in self._models:
            codes, distinct = read_codes(
                self.values(name), category=self.kind(name) is Kind.CATEGORY
            )
            self._models[name] = one_column(codes, distinct, self.fold, self.target)
        return self._models[name]

    def numeric(self) -> list[str]:
        """Names of the columns whose values are quantities: numbers, booleans and times."""
        return [c.name for c in self.columns if c.kind in NUMERIC]

    def kind(self, name: str) -> Kind:
        """The kind of a feature column."""
        return self._kinds[name]


def read_numbers(column: pl.Series, kind: Kind) -> Floats:
    """[n] a column as numbers, NaN where missing: categories as codes, times in seconds."""
    if kind is Kind.CATEGORY:
        column = column.rank("dense")
    elif kind is Kind.TIME:
        column = column.cast(pl.Int64) / 1e6
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    largest = np.nanmax(np.abs(values)) if len(column) > column.null_count() else 0.0
    # What cannot be squared is brought within reach; no check minds the unit.
    return values / largest if largest > LARGEST else values

"""A small clean table to plant leaks into, and the way to look for them."""

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.examples import Examples
from keel.data.split import Split
from keel.data.table import PHYSICAL, Column
from keel.evaluate.leakage.check import find_leaks
from keel.evaluate.leakage.finding import Finding
from keel.spec.kinds import Kind
from keel.spec.system import LabelSpec, SplitSpec, System, TableSpec

ROWS = 900
CLASSES = ("no", "yes")


@dataclass(frozen=True)
class Table:
    """A clean table: eight numbers and a category, of which three explain part of the label."""

    columns: dict[str, pl.Series]
    label: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...] = ()
    time: NDArray[np.datetime64] | None = None
    group: NDArray[np.int64] | None = None
    key: pl.Series | None = None
    by: str = "random"
    test: NDArray[np.int64] | None = None
    texts: frozenset[str] = field(default_factory=frozenset)

    def plus(self, **columns: object) -> "Table":
        """With more columns."""
        more = {name: pl.Series(name, values) for name, values in columns.items()}
        return replace(self, columns={**self.columns, **more})

    def leaks(self, seed: int = 7) -> tuple[Finding, ...]:
        """What is found."""
        frame = pl.DataFrame(list(self.columns.values()), schema=list(self.columns))
        columns = tuple(Column(s.name, self._kind(s)) for s in frame)
        frame = frame.select(pl.col(c.name).cast(PHYSICAL[c.kind]) for c in columns)
        rows = np.arange(len(self.label))
        test = rows[::5] if self.test is None else self.test
        split = Split(np.setdiff1d(rows, test), test, (), self.by, "")
        system = System(
            system="example",
            data={
                "t": TableSpec(
                    table="t.csv",
                    time=None if self.time is None else "happened",
                    key=None if self.key is None else "number",
                )
            },
            label=LabelSpec(column="label"),
            split=SplitSpec(group=None if self.group is None else "who"),
        )
        examples = Examples(
            columns, frame, self.label, self.classes, self.time, self.group, self.key
        )
        return find_leaks(examples, split, system, seed=seed)

    def _kind(self, series: pl.Series) -> Kind:
        if series.name in self.texts:
            return Kind.TEXT
        if series.dtype == pl.String:
            return Kind.CATEGORY
        if series.dtype == pl.Boolean:
            return Kind.BOOLEAN
        return Kind.TIME if series.dtype.is_temporal() else Kind.NUMBER


def clean_classes(rows: int = ROWS, share: float = 0.3) -> Table:
    """Two classes, three times as many `no` as `yes`."""
    table = clean_values(rows)
    return replace(
        table,
        label=(table.label > np.quantile(table.label, 1 - share)).astype(np.int64),
        classes=CLASSES,
    )


def clean_values(rows: int = ROWS) -> Table:
    """A value."""
    generator = np.random.default_rng(11)
    numbers = {f"x{j}": pl.Series(f"x{j}", generator.normal(size=rows)) for j in range(8)}
    plan = generator.integers(0, 4, rows)
    category = pl.Series("plan", [f"plan {p}" for p in plan])
    explained = numbers["x0"] + numbers["x1"] - 0.5 * numbers["x2"] + 0.5 * pl.Series(plan)
    label = explained.to_numpy() + generator.normal(0, 1.5, rows)
    return Table({**numbers, "plan": category}, label)


def named(findings: tuple[Finding, ...], kind: str) -> list[tuple[str, ...]]:
    """The columns of the findings of one kind."""
    return [finding.columns for finding in findings if finding.kind == kind]

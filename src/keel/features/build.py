"""Examples from a checked table: features and labels, row by row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.check import Checked
from keel.data.examples import Examples
from keel.data.table import Column, Table
from keel.errors import DeclarationError, TableError
from keel.features.find import FindFor, in_history, with_figures
from keel.features.plan import FeaturePlan, plan_features
from keel.features.tables import event_tables
from keel.spec.kinds import LABELLED, Kind
from keel.spec.log import LOG
from keel.spec.system import LabelSpec, System
from keel.tasks.class_names import order_classes
from keel.tasks.task import Label, LabelledTask

NO_LABEL = LabelSpec(column="no label")


@dataclass(frozen=True, eq=False)
class Built:
    """Examples and where they come from.

    rows: [n] the table's row of each example. test_from: the first example of a given test table,
    if there is one. unlabelled: rows left out because their label is missing. judged: for a task
    that learns no label, and so leaves no row out, what is known of it.
    """

    examples: Examples
    features: FeaturePlan
    rows: NDArray[np.int64]
    test_from: int | None
    unlabelled: int
    judged: Label | None = None


def build(checked: Checked, system: System, task: LabelledTask) -> Built:
    """Every labelled row of the table as an example; every row, for a task that learns no label.

    Raises LabelError for a label that cannot be learned, DeclarationError for a feature that
    cannot be computed, TableError when no feature is left.
    """
    table = checked.table
    frame = table.read()
    label = _label(frame, system, task)
    features = plan_system(checked, system)
    if not features.features:
        useless = ", ".join(f"{s.column}: {s.reason}" for s in checked.screened)
        raise TableError(
            "no feature is left: every column is the label, a key, ignored or useless "
            f"({useless or 'none is useless'})"
        )
    found = with_figures(features, find_in(checked, system))(frame)
    computed = features.compute(found)
    examples = Examples(
        features.columns,
        computed,
        label.values,
        label.classes,
        _time(frame, system),
        _group(frame, system),
        _key(frame, system),
    )
    if task.name not in LABELLED:
        every = np.arange(len(frame), dtype=np.int64)
        return Built(examples, features, every, checked.test_from, 0, label)
    known = np.flatnonzero(label.known)
    if len(known) < len(label.known):
        examples = examples.take(known)
    test_from = checked.test_from
    if test_from is not None:
        test_from = int(np.searchsorted(known, test_from))
    return Built(examples, features, known, test_from, len(label.known) - len(known))


def plan_system(checked: Checked, system: System) -> FeaturePlan:
    """The features of a declared system. Raises DeclarationError with every problem."""
    columns = {name: table.columns for name, table in tables_of(checked, system).items()}
    tables = event_tables(system, columns, _positive(checked, system))
    problems = [
        f"entities.{entity}: no table has a column {column!r}"
        for entity, column in system.entities.items()
        if not any(entity in table.entities for table in tables.values())
    ]
    if problems:
        raise DeclarationError(problems)
    texts = declared_features(checked, system)
    plan = plan_features(texts, _readable(checked.table, system), tables)
    ignored = set(system.train.ignore)
    return plan.only([c.name for c in plan.columns if c.name not in ignored]) if ignored else plan


def _positive(checked: Checked, system: System) -> str | None:
    """The class that means yes, of a label of two."""
    label = system.label
    if label is None or not system.entities:
        return None
    if checked.table.column(label.column).kind is not Kind.CATEGORY:
        return None
    sizes = Counter[str]()
    for frame in checked.table.slices([label.column]):
        counted = frame[label.column].drop_nulls().value_counts()
        sizes.update(dict(counted.iter_rows()))
        if len(sizes) > 2:
            return None
    return order_classes(sizes, label)[1] if len(sizes) == 2 else None


def tables_of(checked: Checked, system: System) -> dict[str, Table]:
    """Every declared table by its name."""
    first = next(iter(system.data))
    return {first: checked.table, **{name: c.table for name, c in checked.beside.items()}}


def find_in(checked: Checked, system: System) -> FindFor:
    """Finds figures in what was declared to be learned from."""
    return in_history(tables_of(checked, system))


def _label(frame: pl.DataFrame, system: System, task: LabelledTask) -> Label:
    if system.label is not None:
        return task.read_label(frame[system.label.column], system.label)
    return task.read_label(pl.Series("no label", [None] * len(frame), pl.String), NO_LABEL)


def read_groups(
    built: Built, table: Table, rows: NDArray[np.int64], names: Sequence[str]
) -> dict[str, NDArray[np.str_]]:
    """[n] values, as text, of the columns that promises compare, for these examples.

    A column may be a feature or any column of the table, so that what must not be learned from
    can still be judged by. A missing value is "".
    """
    features = {column.name for column in built.examples.columns}
    source = table.read()
    groups = {}
    for name in names:
        column = (
            built.examples.frame[name][rows] if name in features else source[name][built.rows[rows]]
        )
        groups[name] = _as_text(column)
    return groups


def groupable(built: Built, table: Table) -> tuple[str, ...]:
    """Columns whose groups promises may compare: those with few values."""
    columns = {c.name: c.kind for c in (*table.columns, *built.examples.columns)}
    return tuple(n for n, kind in columns.items() if kind in (Kind.CATEGORY, Kind.BOOLEAN))


def _as_text(column: pl.Series) -> NDArray[np.str_]:
    if column.dtype == pl.Boolean:
        column = column.replace_strict({True: "true", False: "false"}, return_dtype=pl.String)
    return column.cast(pl.String).fill_null("").to_numpy().astype(np.str_)


def declared_features(checked: Checked, system: System) -> dict[str, str]:
    """The declared features, or else every column that is not the label, key, group, ignored or
    screened out."""
    if system.features is not None:
        return dict(system.features)
    if system.table.log is not None:
        return {LOG: LOG}
    left_out = {screened.column for screened in checked.screened}
    left_out |= {system.target or "", *system.train.ignore}
    left_out |= {name for name in (system.table.key, system.split.group) if name is not None}
    names = [column.name for column in checked.table.columns]
    return {name: name for name in names if name not in left_out}


def _readable(table: Table, system: System) -> list[Column]:
    return [column for column in table.columns if column.name != system.target]


def _time(frame: pl.DataFrame, system: System) -> NDArray[np.datetime64] | None:
    if system.table.time is None:
        return None
    return frame[system.table.time].to_numpy().astype("datetime64[us]")


def _group(frame: pl.DataFrame, system: System) -> NDArray[np.int64] | None:
    if system.split.group is None:
        return None
    ranks = frame[system.split.group].cast(pl.String).fill_null("").rank("dense")
    return ranks.to_numpy().astype(np.int64)


def _key(frame: pl.DataFrame, system: System) -> pl.Series | None:
    if system.table.key is None:
        return None
    return frame[system.table.key].cast(pl.String)

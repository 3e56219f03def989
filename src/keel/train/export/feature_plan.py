"""The features of a version, to and from its signature."""

from collections.abc import Iterable

from keel.data.table import Column
from keel.features.plan import FeaturePlan, plan_features
from keel.features.tables import EventTable
from keel.train.export.signature import DeclaredTable, Input, Signature, describe_input


def declare_tables(plan: FeaturePlan) -> tuple[DeclaredTable, ...]:
    """The tables of a plan as a signature holds them."""
    return tuple(
        DeclaredTable(
            table.name,
            tuple((column.name, column.kind, column.form) for column in table.columns),
            table.key,
            table.time,
            table.arrived,
            table.delay_us,
            dict(table.late),
            dict(table.entities),
            table.of,
            dict(table.positive),
        )
        for table in plan.tables.values()
    )


def read_plan(signature: Signature) -> FeaturePlan:
    """The plan by which a version computes its features."""
    texts = {feature.name: feature.expression for feature in signature.features}
    tables = {
        table.name: EventTable(
            table.name,
            tuple(Column(*column) for column in table.columns),
            table.key,
            table.time,
            table.arrived,
            table.delay_us,
            table.late,
            table.entities,
            table.of,
            table.positive,
        )
        for table in signature.tables
    }
    return plan_features(texts, signature.request_columns, tables)


def describe_inputs(
    columns: Iterable[Column], tables: tuple[DeclaredTable, ...]
) -> tuple[Input, ...]:
    """What a request carries. Where a row can look up what it does not say, all but whose it is
    may be left out."""
    return tuple(describe_input(column, optional=bool(tables)) for column in columns)

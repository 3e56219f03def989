"""Every reference system can be declared, and says what it is."""

import re

import polars as pl
import pytest

from keel.data.table import Column
from keel.errors import NotFound
from keel.features.plan import plan_features
from keel.features.tables import event_tables
from keel.spec.kinds import Kind
from keel.spec.load import load_system
from keel.systems.fraud.simulate import Size, simulate
from keel.systems.reference import REFERENCES, Reference, find_reference


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda r: r.name)
def test_a_reference_system_loads_and_fills_its_card(reference: Reference) -> None:
    system = load_system(reference.text(), reference.declaration)
    assert system.promises
    assert "no leakage" in [promise.text for promise in system.promises]
    assert all(system.card.model_dump().values())
    assert system.description


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda r: r.name)
def test_a_reference_system_says_where_its_data_is_from(reference: Reference) -> None:
    assert reference.readme().startswith(f"# {reference.folder}\n")
    assert f"`{reference.name}`" in reference.readme() or reference.name == reference.folder
    assert re.search(r"--like \S+", reference.readme())


def test_features_of_fraud_read_columns_that_the_simulator_makes() -> None:
    system = load_system(find_reference("fraud").text())
    schema = simulate(Size(3, 4, 2)).payments.schema
    columns = [Column(name, kind_of(dtype)) for name, dtype in schema.items()]
    assert set(system.expect) <= set(schema)
    assert system.features is not None
    tables = event_tables(system, {"transactions": columns})
    planned = plan_features(system.features, columns, tables)
    assert {figure.entity for figure in planned.figures} == {"customer", "terminal"}


def kind_of(dtype: pl.DataType) -> Kind:
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype.is_temporal():
        return Kind.TIME
    return Kind.NUMBER if dtype.is_numeric() else Kind.CATEGORY


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"did you mean 'fraud'.*credit/adult"):
        find_reference("frauds")

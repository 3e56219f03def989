"""Every reference system can be declared, and says what it is."""

import re

import polars as pl
import pytest

from keel.errors import NotFound
from keel.features.expression import parse_expression
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
    kinds = {name: kind_of(dtype) for name, dtype in schema.items()}
    assert set(system.expect) <= set(kinds)
    assert system.features is not None
    for text in system.features.values():
        parse_expression(text, kinds)


def kind_of(dtype: pl.DataType) -> Kind:
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype.is_temporal():
        return Kind.TIME
    return Kind.NUMBER if dtype.is_numeric() else Kind.CATEGORY


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"did you mean 'fraud'.*credit/adult"):
        find_reference("frauds")

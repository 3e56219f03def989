import pytest

from keel.errors import DeclarationError
from keel.spec.load import load_system
from keel.spec.write import write_system

TEXT = """\
system: fraud
data: {payments: {table: p.csv}}
label: {column: is_fraud}
"""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("[email, customer_id]", {"email": "pseudonym", "customer_id": "pseudonym"}),
        ("email", {"email": "pseudonym"}),
        (
            "{email: leave out, customer_id: pseudonym}",
            {"email": "leave out", "customer_id": "pseudonym"},
        ),
    ],
)
def test_private_columns_are_listed_or_each_has_its_treatment(
    said: str, meant: dict[str, str]
) -> None:
    system = load_system(f"{TEXT}private: {said}\n")
    assert system.private == meant
    assert load_system(write_system(system)) == system


def test_an_unknown_treatment_is_told() -> None:
    with pytest.raises(DeclarationError, match="private"):
        load_system(f"{TEXT}private: {{email: hide}}\n")

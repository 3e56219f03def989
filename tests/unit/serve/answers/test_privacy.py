import hashlib
import hmac
import stat
from pathlib import Path
from typing import Any

import pytest

from keel.data.table import Column
from keel.errors import InputError
from keel.serve.answers.privacy import Privacy, pseudonym_key
from keel.spec.kinds import Kind, TaskName
from keel.train.export.signature import (
    Feature,
    GraphColumn,
    Output,
    Signature,
    describe_input,
)

KEY = b"0123456789abcdef"


def privacy(declaration: dict[str, Any]) -> Privacy:
    inputs = tuple(describe_input(Column(n, Kind.CATEGORY)) for n in ("email", "city", "born"))
    columns = (
        GraphColumn("mail", Kind.CATEGORY, ("mail",)),
        GraphColumn("domain", Kind.CATEGORY, ("domain",)),
        GraphColumn("length", Kind.NUMBER, ("length",)),
        GraphColumn("city", Kind.CATEGORY, ("city",)),
    )
    features = (
        Feature("mail", "email"),
        Feature("domain", "split_part(email, '@', 2)"),
        Feature("length", "length(email)"),
        Feature("city", "city"),
    )
    output = (Output("value", "FP32", (-1, 1), ""),)
    signature = Signature(TaskName.REGRESS, inputs, columns, output, features)
    return Privacy(declaration, signature, KEY)


def test_texts_computed_from_a_private_column_are_as_private() -> None:
    found = privacy({"private": {"email": "leave out", "customer": "pseudonym"}})
    of = {name: found.of(name) for name in ("email", "mail", "domain", "length", "city")}
    assert of == {
        "email": "leave out",
        "mail": "leave out",
        "domain": "leave out",
        "length": None,
        "city": None,
    }
    assert found.of("customer") == "pseudonym"


def test_a_pseudonym_is_the_hash_of_the_text_under_the_key() -> None:
    found = privacy({}).pseudonym("ada@example.org")
    expected = hmac.new(KEY, b"ada@example.org", hashlib.sha256).hexdigest()
    assert found == expected[:32]


def test_a_unit_is_as_private_as_the_columns_that_say_whose_a_row_is() -> None:
    entities = {"customer": "customer_id", "shop": "shop_id"}
    assert privacy({"entities": entities}).unit("ada") == "ada"
    hidden = privacy({"entities": entities, "private": {"customer_id": "pseudonym"}})
    assert hidden.unit("ada") == hidden.pseudonym("ada")
    assert privacy({"entities": entities, "private": {"shop_id": "leave out"}}).unit("a") is None
    assert privacy({"entities": entities, "private": {"email": "leave out"}}).unit("a") == "a"


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    key = pseudonym_key(tmp_path / "home", {})
    assert len(key) == 32
    assert pseudonym_key(tmp_path / "home", {}) == key
    (file,) = (tmp_path / "home").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_is_given_is_taken_unless_it_can_be_guessed(tmp_path: Path) -> None:
    given = {"KEEL_PSEUDONYM_KEY": "a secret of many words"}
    assert pseudonym_key(tmp_path, given) == b"a secret of many words"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="has 4 characters"):
        pseudonym_key(tmp_path, {"KEEL_PSEUDONYM_KEY": "1234"})

"""A version explained in Python."""

from collections.abc import Callable
from pathlib import Path

import pytest

from keel.errors import RequestError
from keel.registry.record import Record
from keel.session import Session, load_session
from tiny_systems import LOAN, add, loans, open_tiny_store


@pytest.fixture
def session(tmp_path: Path, make_record: Callable[..., Record]) -> Session:
    store = open_tiny_store(tmp_path)
    add(store, "loans", loans(), make_record=make_record)
    store.engine.dispose()
    return load_session("loans", home=tmp_path)


def test_explaining_gives_a_row_for_each_feature_of_each_row(session: Session) -> None:
    found = session.explain([LOAN, {**LOAN, "amount": 4000}], of="lost")
    assert found.columns == ["row", "of", "score", "base", "feature", "value", "moved", "error"]
    assert found["row"].to_list() == [0] * 5 + [1] * 5
    for _, one in found.group_by("row"):
        assert one["base"][0] + one["moved"].sum() == pytest.approx(one["score"][0])


def test_options_of_lists_are_refused_of_rows(session: Session) -> None:
    with pytest.raises(RequestError, match="no option 'k'"):
        session.explain([LOAN], k=3)


def test_values_that_cannot_be_read_are_warned_of(session: Session) -> None:
    with pytest.warns(UserWarning, match="amount: 1 value is not a number"):
        session.explain([{**LOAN, "amount": "many"}])

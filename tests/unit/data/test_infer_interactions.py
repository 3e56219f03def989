from datetime import datetime, timedelta

import polars as pl
import pytest

from keel.data.infer import infer_system
from keel.errors import DeclarationError, TableError
from keel.spec.kinds import TaskName
from keel.spec.system import System, TableSpec

START = datetime(2026, 1, 1)


def infer(frame: pl.DataFrame, target: str | None = None, group: str | None = None) -> System:
    return infer_system(
        "Films 2026",
        TableSpec(table="frame"),
        target,
        task=TaskName.RECOMMEND,
        group=group,
        frame=frame,
    )


def table(*names: str) -> pl.DataFrame:
    values = (["a", "b"], ["x", "y"], [1.0, 5.0], [START, START + timedelta(days=1)])
    return pl.DataFrame(dict(zip(names, values, strict=True)))


@pytest.mark.parametrize(
    "names",
    [
        ("userId", "movieId", "rating", "timestamp"),
        ("customer_id", "product_id", "stars", "created_at"),
        ("user", "item", "score", "date"),
    ],
)
def test_columns_are_found_by_their_names(names: tuple[str, str, str, str]) -> None:
    system = infer(table(*names))
    said = system.interacting
    assert (said.user, said.item, said.value, system.table.time) == names
    assert said.scale == (1, 5)
    assert system.system == "films-2026"


def test_what_is_given_wins_and_a_count_has_no_scale() -> None:
    frame = table("who", "what", "plays", "when")
    said = infer(frame, target="what", group="who").interacting
    assert (said.user, said.item, said.value, said.scale) == ("who", "what", "plays", None)


def test_names_that_tell_nothing_are_asked_for() -> None:
    with pytest.raises(DeclarationError) as raised:
        infer(table("a", "b", "c", "d"))
    assert "name it with --group COLUMN" in str(raised.value)
    assert "name it with --target COLUMN" in str(raised.value)


def test_a_given_column_that_is_not_there_is_told() -> None:
    with pytest.raises(TableError, match="did you mean 'movieId'"):
        infer(table("userId", "movieId", "rating", "timestamp"), target="movieid")

"""Which items a request allows."""

import polars as pl
import pytest

from keel.errors import RequestError
from keel.train.recommend.item_filter import ItemFilter, allowed_items

ITEMS = pl.DataFrame(
    {
        "item": ["a", "b", "c", "d"],
        "genre": ["Comedy|Drama", "Comedy", "Science Fiction | Drama", None],
        "year": [1995, 1996, 1995, None],
        "adult": [False, True, None, False],
        "tags": [["x", "y"], [], ["y"], None],
        "released": pl.Series([None] * 4, dtype=pl.Datetime("us")),
    }
)
FILTER = ItemFilter.of(ITEMS)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "abcd"),
        ({"genre": "Comedy"}, "ab"),
        ({"genre": "Drama", "year": 1995}, "ac"),
        ({"genre": ["Comedy", "Science Fiction"]}, "abc"),
        ({"genre": []}, ""),
        ({"year": 1996.0}, "b"),
        ({"adult": False}, "ad"),
        ({"tags": "y"}, "ac"),
        ({"item": "c"}, "c"),
        ({"genre": "Comedy", "tags": "y", "adult": True}, ""),
    ],
)
def test_items_have_every_field_as_asked(wanted: dict[str, object], found: str):
    mask = allowed_items(FILTER, wanted)
    assert "".join(ITEMS["item"].filter(pl.Series(mask))) == found


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"genres": "Comedy"}, "did you mean 'genre'"),
        ({"genre": "comedy"}, "did you mean 'Comedy'"),
        ({"genre": 7}, "allowed: Comedy, Drama, Science Fiction"),
        ({"year": 1800}, "numbers from 1995 to 1996"),
        ({"year": "1995"}, "numbers from 1995 to 1996"),
        ({"year": True}, "numbers from 1995 to 1996"),
        ({"adult": "yes"}, "allowed are false, true"),
        ({"released": "2020"}, "no item has"),
        ({"genre": {"is": "Comedy"}}, "no item has"),
        ({"genre": None}, "no item has"),
    ],
)
def test_what_no_item_has_is_refused_with_what_is_allowed(wanted: dict[str, object], said: str):
    with pytest.raises(RequestError, match=said):
        allowed_items(FILTER, wanted)


def test_all_problems_are_named_at_once():
    with pytest.raises(RequestError, match=r"'director'.*\n.*'Comdy'"):
        allowed_items(FILTER, {"director": "x", "genre": "Comdy"})

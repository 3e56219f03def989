"""The small world of two tastes as tables, declared."""

from typing import Any

import polars as pl

from keel.spec.system import System
from recommend_case import ITEMS, USERS, world


def events() -> pl.DataFrame:
    """user, item, rating and at; ids are texts."""
    happened = world()
    return pl.DataFrame(
        {
            "user": [f"u{code}" for code in happened.user],
            "item": [f"i{code:02d}" for code in happened.item],
            "rating": happened.value,
            "at": happened.time,
        }
    )


def items() -> pl.DataFrame:
    """Even items are comedies; the last has no row."""
    return pl.DataFrame(
        {
            "item": [f"i{code:02d}" for code in range(ITEMS - 1)],
            "title": [f"Item number {code}" for code in range(ITEMS - 1)],
            "genre": ["Comedy|Drama" if code % 2 == 0 else "Horror" for code in range(ITEMS - 1)],
            "year": [1990 + code % 7 for code in range(ITEMS - 1)],
        }
    )


def users() -> pl.DataFrame:
    """Which of two regions each is from."""
    return pl.DataFrame(
        {
            "user": [f"u{code}" for code in range(USERS)],
            "region": ["north" if code % 2 else "south" for code in range(USERS)],
        }
    )


def write_tables(folder: Any) -> None:
    """All three as Parquet."""
    events().write_parquet(folder / "events.parquet")
    items().write_parquet(folder / "items.parquet")
    users().write_parquet(folder / "users.parquet")


def declared(**changes: Any) -> System:
    """A system of the three tables."""
    data: dict[str, Any] = {
        "system": "films",
        "task": "recommend",
        "data": {
            "events": {"table": "events.parquet", "time": "at"},
            "films": {"table": "items.parquet", "key": "item"},
            "people": {"table": "users.parquet", "key": "user"},
        },
        "interactions": {
            "user": "user",
            "item": "item",
            "value": "rating",
            "items": "films",
            "users": "people",
        },
        "train": {"trials": 2, "models": ["popularity", "ease", "item_neighbours"]},
    }
    return System.model_validate({**data, **changes})

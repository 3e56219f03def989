"""Infers from the names of columns who did what with which item."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keel.data.sources.open import open_source
from keel.data.sources.source import BadLine, Source
from keel.data.survey import Survey
from keel.errors import DeclarationError, TableError
from keel.spec.kinds import TaskName
from keel.spec.nearest import did_you_mean
from keel.spec.system import System, TableSpec

USERS = ("user", "customer", "member", "visitor", "person", "reader", "viewer", "account", "client")
ITEMS = ("item", "movie", "film", "product", "article", "book", "track", "song", "artist", "isbn",
         "sku", "content", "video", "post", "page", "recipe", "game")  # fmt: skip
VALUES = ("rating", "stars", "score", "plays", "count", "quantity", "weight", "value")
TIMES = ("time", "timestamp", "date", "datetime", "at", "when", "created", "rated", "watched")

RATINGS = ("rating", "stars", "score")
MOST_STARS = 100


def infer_interactions(
    name: str,
    table_spec: TableSpec,
    *,
    item: str | None,
    user: str | None,
    time: str | None,
    train: Mapping[str, Any],
    base: Path = Path(),
    frame: object | None = None,
) -> System:
    """The system that recommends by a table of events, after one pass over it. item, user, time:
    columns, found by their names where they are not given.

    Raises TableError naming a given column that is not there, DeclarationError where the names
    tell nothing.
    """
    source = open_source(
        table_spec.table if frame is None else frame,
        base=base,
        query=table_spec.query,
        columns=table_spec.columns,
    )
    for given in (item, user, time):
        if given is not None and given not in source.names:
            raise TableError(
                f"{table_spec.table} has no column {given!r}: {did_you_mean(given, source.names)}"
            )
    user, item = _who_and_what(source.names, user, item, table_spec.table)
    rest = [n for n in source.names if n not in (user, item)]
    time = time or _find(rest, TIMES)
    value = _find([n for n in rest if n != time], VALUES)
    table = table_spec.model_dump(exclude_defaults=True) | ({} if time is None else {"time": time})
    return System.model_validate(
        {
            "system": name,
            "task": TaskName.RECOMMEND,
            "data": {"events": table},
            "interactions": {"user": user, "item": item, **_valued(source, table_spec, value)},
            "train": dict(train),
            "promises": ["hit_rate at 10 >= 0.01", "no leakage"],
        }
    )


def _who_and_what(
    names: Sequence[str], user: str | None, item: str | None, table: str
) -> tuple[str, str]:
    user = user or _find(names, USERS)
    item = item or _find([n for n in names if n != user], ITEMS)
    if user is not None and item is not None:
        return user, item
    there = f"(there are {', '.join(names[:20])})"
    problems = []
    if user is None:
        problems.append(f"{table}: no column is named like a user: name it with --group COLUMN")
    if item is None:
        problems.append(f"{table}: no column is named like an item: name it with --target COLUMN")
    raise DeclarationError([f"{problem} {there}" for problem in problems])


def _valued(source: Source, table_spec: TableSpec, name: str | None) -> dict[str, Any]:
    """The value, if it is a number, with the scale it keeps to, if it is a rating."""
    if name is None:
        return {}
    survey = Survey((name,), missing=frozenset(table_spec.missing))
    for chunk in source.chunks(_ignore):
        survey.add(chunk.frame)
    facts = survey.facts[name]
    if not facts.numbers or facts.texts:
        return {}
    stars = any(word in name.lower() for word in RATINGS) and facts.high <= MOST_STARS
    scale = {"scale": [facts.low, facts.high]} if stars and facts.low < facts.high else {}
    return {"value": name, **scale}


def _find(names: Sequence[str], words: Sequence[str]) -> str | None:
    """The first column that is called like one of the words, or has it as a part."""
    parts = {name: _words(name) for name in names}
    whole = [name for word in words for name in names if _joined(name) in (word, f"{word}id")]
    partly = [name for word in words for name in names if word in parts[name]]
    return next(iter([*whole, *partly]), None)


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return re.split(r"[^a-z0-9]+", spaced.lower())


def _joined(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _ignore(line: BadLine) -> None:
    """Bad lines are told in the pass that keeps the rows."""

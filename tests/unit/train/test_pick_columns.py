"""Among very many columns of a table."""

from datetime import datetime

import numpy as np
import polars as pl

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.encode.pick_columns import pick_columns

ROWS = 400


def wide(seed: int = 5) -> tuple[pl.DataFrame, tuple[Column, ...]]:
    """40 numbers of noise, a telling number and boolean, categories that tell, do not, or name
    nearly every row; a text and a time."""
    random = np.random.default_rng(seed)
    aim = random.normal(size=ROWS)
    data = {f"x{i}": random.normal(size=ROWS) for i in range(40)} | {
        "number": np.where(random.random(ROWS) < 0.1, np.nan, aim + random.normal(size=ROWS)),
        "truth": aim > 0.5,
        "city": np.where(aim > 1, "Rome", random.choice(["Oslo", "Bonn"], ROWS)),
        "colour": random.choice(["red", "blue", "green"], ROWS),
        "name": [f"n{i // 2}" for i in random.permutation(ROWS)],
        "note": ["a word"] * ROWS,
        "at": [datetime(2024, 1, 1)] * ROWS,
    }
    frame = pl.DataFrame(data).fill_nan(None)
    kinds = {"truth": Kind.BOOLEAN, "note": Kind.TEXT, "at": Kind.TIME}
    kinds |= dict.fromkeys(("city", "colour", "name"), Kind.CATEGORY)
    columns = tuple(Column(name, kinds.get(name, Kind.NUMBER)) for name in frame.columns)
    return frame.with_columns(pl.Series("aim", aim)), columns


def test_all_are_picked_while_they_are_few():
    frame, columns = wide()
    label = np.zeros(ROWS, dtype=np.int64)
    assert pick_columns(columns, frame, np.arange(ROWS), label, most=len(columns)) == columns


def test_what_tells_most_is_picked_whatever_its_kind_and_for_every_label():
    frame, columns = wide()
    rows = np.flatnonzero(np.arange(ROWS) % 5 > 0)
    aim = frame["aim"].to_numpy()[rows]
    for label in (aim, (aim > 0).astype(np.int64), np.digitize(aim, (-1, 0, 1)).astype(np.int64)):
        picked = pick_columns(columns, frame, rows, label, most=5)
        assert [c.name for c in picked] == ["number", "truth", "city", "note", "at"]


def test_only_the_given_rows_are_looked_at():
    frame, columns = wide()
    rows = np.arange(0, ROWS, 2)
    aim = frame["aim"].to_numpy()
    shown = frame.with_columns(
        x7=pl.Series(np.where(np.arange(ROWS) % 2, aim * 100, frame["x7"].to_numpy()))
    )
    picked = pick_columns(columns, shown, rows, aim[rows], most=6)
    assert picked == pick_columns(columns, frame, rows, aim[rows], most=6)

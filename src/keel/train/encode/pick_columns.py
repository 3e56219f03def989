"""Of a table with very many columns, those that a fit looks at."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.split import Rows
from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.encode.select import BLOCK, MOST_COLUMNS, share_explained
from keel.train.export.tensors import category_codes

NUMBERS = (Kind.NUMBER, Kind.BOOLEAN)

Labels = NDArray[np.int64] | NDArray[np.float64]


def pick_columns(
    columns: Sequence[Column],
    frame: pl.DataFrame,
    rows: Rows,
    label: Labels,
    most: int = MOST_COLUMNS,
) -> tuple[Column, ...]:
    """The `most` columns that alone say most about the label of these rows of `frame`, in their
    order; all if there are no more. Texts, times and sequences are always
    among them. label: [rows].

    Chosen before anything is encoded, so that the other columns cost a fit nothing and a request
    need not bring them. The share of variance explained is adjusted for the number of groups that
    it compares: classes for a number, values for a category, where a missing value is one.

    Source: Ezekiel (1930), Methods of Correlation Analysis (adjusted shares); Goodman and Kruskal
    (1954), Measures of Association for Cross Classifications, section 9 (tau, of categories).
    """
    if len(columns) <= most:
        return tuple(columns)
    always = {c.name for c in columns if c.kind not in (*NUMBERS, Kind.CATEGORY)}
    numbers = [c.name for c in columns if c.kind in NUMBERS]
    said = _of_numbers(frame, numbers, rows, label)
    for column in columns:
        if column.kind is Kind.CATEGORY:
            said[column.name] = _of_category(frame[column.name].gather(rows), label)
    room = max(most - len(always), 0)
    # A stable sort: of equals the first in the table.
    best = set(sorted(said, key=lambda name: -said[name])[:room]) | always
    return tuple(column for column in columns if column.name in best)


def _of_numbers(
    frame: pl.DataFrame, names: list[str], rows: Rows, label: Labels
) -> dict[str, float]:
    groups = 2 if label.dtype.kind == "f" else int(label.max()) + 1
    said: dict[str, float] = {}
    for start in range(0, len(names), BLOCK):
        some = names[start : start + BLOCK]
        block = frame.select(pl.col(some).cast(pl.Float64))[rows].to_numpy()
        shares = _adjusted(share_explained(block, label), len(rows), groups)
        said |= dict(zip(some, shares.tolist(), strict=True))
    return said


def _of_category(values: pl.Series, label: Labels) -> float:
    codes, texts = category_codes(values)
    sizes = np.bincount(codes, minlength=len(texts))
    if label.dtype.kind == "f":
        aim = label - label.mean()
        between = float((np.bincount(codes, aim) ** 2 / sizes).sum())
        share = between / max(float(aim @ aim), 1e-300)
    else:
        classes = int(label.max()) + 1
        cells = np.bincount(
            codes * classes + label.astype(np.int64), minlength=len(texts) * classes
        )
        table = cells.reshape(len(texts), classes).astype(np.float64)
        chance = float(((table.sum(axis=0) / len(codes)) ** 2).sum())
        told = float((table**2 / sizes[:, None]).sum()) / len(codes)
        share = (told - chance) / max(1 - chance, 1e-300)
    return float(_adjusted(np.array([share]), len(codes), len(texts))[0])


def _adjusted(share: NDArray[np.float64], rows: int, groups: int) -> NDArray[np.float64]:
    return 1 - (1 - share) * (rows - 1) / max(rows - groups, 1)

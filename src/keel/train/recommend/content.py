"""What is known of items beside who used them, as numbers."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from keel.data.table import Column
from keel.spec.kinds import Kind

SEPARATOR = "|"
"""Parts several labels in one text: `Comedy|Drama`."""

STEPS = 100
FEWEST_ITEMS = 3
"""A label, a category or a word that fewer items have says nothing of others."""

MOST_LEVELS = 1_000
MOST_WORDS = 5_000
COMMONEST = 0.3
"""Words in a larger share of the items tell none apart."""


@dataclass(frozen=True, eq=False)
class Content:
    """features: [items, d] float32. names: of the d columns. labels: [items, g] of 0 and 1, each
    item's labels of the first column that has any (genres), and `label_names`, [g].

    A row without a one in it is an item of which nothing is known.
    """

    features: sparse.csr_matrix
    names: tuple[str, ...]
    labels: sparse.csr_matrix
    label_names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Block:
    """Feature columns that one table column gave. levels: whether they are labels of items."""

    matrix: sparse.csr_matrix
    names: tuple[str, ...]
    levels: bool = False


def read_content(frame: pl.DataFrame, columns: Sequence[Column]) -> Content | None:
    """The content of items, one per row of `frame`, in that order; None where nothing is told.

    Labels (texts parted by `|`) and categories become ones, texts weighted words (TF-IDF), numbers
    and times one step at each of many quantiles, so that a penalised linear map of them is a
    curve that moves only where items tell it to. What is missing is zero in all columns.

    Source: steps: Eilers and Marx 1996, doi:10.1214/ss/1038425655, with splines of degree zero and
    differences of order one; TF-IDF: Manning, Raghavan and Schuetze 2008, Introduction to
    Information Retrieval, 6.2.
    """
    blocks = [_block(frame[column.name], column.kind) for column in columns]
    kept = [block for block in blocks if block.matrix.shape[1]]
    if not kept:
        return None
    labels = next((block for block in kept if block.levels), None)
    return Content(
        sparse.csr_matrix(sparse.hstack([block.matrix for block in kept]), dtype=np.float32),
        tuple(name for block in kept for name in block.names),
        *_labels(labels, len(frame)),
    )


def read_labels(
    frame: pl.DataFrame, columns: Sequence[Column]
) -> tuple[sparse.csr_matrix, tuple[str, ...]]:
    """The `labels` and `label_names` of `read_content` alone, [items, 0] where there are none."""
    for column in columns:
        if column.kind in (Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN):
            block = _block(frame[column.name], column.kind)
            if block.levels and block.names:
                return _labels(block, len(frame))
    return _labels(None, len(frame))


def _labels(block: _Block | None, items: int) -> tuple[sparse.csr_matrix, tuple[str, ...]]:
    if block is None:
        return sparse.csr_matrix((items, 0)), ()
    return block.matrix, tuple(name.split(" = ", 1)[1] for name in block.names)


def _block(column: pl.Series, kind: Kind) -> _Block:
    texts = column.cast(pl.String)
    if kind in (Kind.TEXT, Kind.CATEGORY) and texts.str.contains(SEPARATOR, literal=True).any():
        return _levels(column.name, [_parts(text) for text in texts.to_list()])
    if kind in (Kind.NUMBER, Kind.TIME):
        return _steps(column)
    if kind is Kind.TEXT:
        return _words(texts)
    return _levels(column.name, [[] if text is None else [text] for text in texts.to_list()])


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(SEPARATOR) if part.strip()]


def _levels(name: str, rows: Sequence[Sequence[str]]) -> _Block:
    matrix, levels = _count(rows, MOST_LEVELS, lambda held: held >= FEWEST_ITEMS)
    matrix.data[:] = 1.0
    return _Block(matrix, tuple(f"{name} = {level}" for level in levels), levels=True)


def _words(column: pl.Series) -> _Block:
    rows = [re.findall(r"\w+", (text or "").lower()) for text in column.to_list()]
    most = COMMONEST * len(rows)
    matrix, words = _count(rows, MOST_WORDS, lambda held: FEWEST_ITEMS <= held <= most)
    held = np.bincount(matrix.indices, minlength=len(words))
    rarity = np.log(len(rows) / np.maximum(held, 1)) + 1.0
    matrix.data = (1.0 + np.log(matrix.data)) * rarity[matrix.indices]
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scaled = sparse.diags_array(1.0 / np.where(norms > 0, norms, 1.0)) @ matrix
    return _Block(sparse.csr_matrix(scaled), tuple(f"{column.name}: {word}" for word in words))


def _count(
    rows: Sequence[Sequence[str]], most: int, keeps: Callable[[int], bool]
) -> tuple[sparse.csr_matrix, list[str]]:
    """[n, words] counts of the commonest words among those kept by how many rows hold them."""
    held = Counter(word for row in rows for word in set(row))
    ranked = sorted((word for word in held if keeps(held[word])), key=lambda w: (-held[w], w))
    code = {word: place for place, word in enumerate(sorted(ranked[:most]))}
    places = [
        (number, code[word]) for number, row in enumerate(rows) for word in row if word in code
    ]
    at = np.array(places, dtype=np.int64).reshape(-1, 2)
    matrix = sparse.csr_matrix(
        (np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(len(rows), len(code))
    )
    matrix.sum_duplicates()
    return matrix, list(code)


def _steps(column: pl.Series) -> _Block:
    if column.dtype.is_temporal():
        column = column.cast(pl.Datetime("us")).cast(pl.Int64)
    value = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = np.isfinite(value)
    if not known.any():
        return _Block(sparse.csr_matrix((len(value), 0)), ())
    most = min(STEPS, max(2, int(known.sum()) // FEWEST_ITEMS))
    cuts = np.unique(np.quantile(value[known], np.linspace(0, 1, most + 1), method="lower"))
    steps = value[:, None] >= cuts
    steps[~known] = False
    names = tuple(f"{column.name} from {cut:g}" for cut in cuts)
    return _Block(sparse.csr_matrix(steps.astype(np.float64)), names)

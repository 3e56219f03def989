"""Which columns the model leans on: how much worse it gets when one of them is shuffled."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.evaluate.redundancy import redundant_groups
from keel.metrics.estimate import Estimate

Floats = NDArray[np.float64]
Labels = NDArray[np.int64] | NDArray[np.float64]
Predict = Callable[[pl.DataFrame], Floats]
Loss = Callable[[Labels, Floats], Floats]

Z = 1.96
MIN_ROWS = 200
CHARACTER_CELLS = 10
"""A character of a text costs as much as this many values: it is hashed into n-grams."""


@dataclass(frozen=True)
class Importance:
    """The rise of the mean loss when `columns` are shuffled together, with its 95 % interval.

    More than one column: they say nearly the same, so that shuffling one alone would let the
    model read it off the other. `block`: columns that were only looked at together because there
    were too many to look at each.
    """

    columns: tuple[str, ...]
    rise: Estimate
    block: bool = False


@dataclass(frozen=True)
class Importances:
    """Every column's importance, the largest first, and the mean loss with nothing shuffled."""

    entries: tuple[Importance, ...]
    loss: float
    rows: int
    repeats: int
    seed: int


def permutation_importance(
    predict: Predict,
    frame: pl.DataFrame,
    label: Labels,
    loss: Loss,
    seed: int,
    repeats: int = 5,
    max_rows: int = 2000,
    max_entries: int = 200,
    max_cells: int = 400_000_000,
) -> Importances:
    """How much the mean loss rises when each column is shuffled among the rows.

    predict: from a frame like `frame` to [n] or [n, k] answers. loss: from labels and answers to
    [n] losses, lower being better (`log_loss`, `absolute_error`). At most `max_rows` rows drawn
    with `seed`. Columns related beyond 0.9 are shuffled together. The budget is counted, not
    timed, so that the same call gives the same answer: at most `max_cells` values are handed to
    `predict` (first fewer repeats, then fewer rows, then fewer entries), a character of a string
    counting as `CHARACTER_CELLS`; with more columns than entries, blocks of columns are shuffled
    and the most important block is halved again and again.

    Source: Breiman (2001), Random Forests, section 10; Fisher, Rudin, Dominici (2019), All Models
    are Wrong, but Many are Useful, eq. 3.3 (e_switch, here as a difference). The interval is that
    of a U-statistic: a row counts as the one that receives a value and as the one that gives it.
    """
    if frame.height != len(label):
        raise ValueError(f"{frame.height} rows but {len(label)} labels")
    cells = max(1, _cells(frame) * min(max_entries, frame.width))
    wanted = min(frame.height, max_rows)
    repeats = min(repeats, max(1, max_cells // (cells * max(wanted, 1))))
    rows = _sample(frame.height, min(wanted, max(MIN_ROWS, max_cells // (cells * repeats))), seed)
    sample, truth = frame[rows], label[rows]
    calm = loss(truth, predict(sample))
    shuffles = [_derangement(len(rows), seed, repeat) for repeat in range(repeats)]
    entries = max(1, min(max_entries, max_cells // max(1, _cells(frame) * repeats * len(rows))))

    def look(block: tuple[tuple[str, ...], ...]) -> Importance:
        columns = tuple(name for group in block for name in group)
        rise = _rise(predict, sample, truth, loss, calm, columns, shuffles)
        return Importance(columns, rise, block=len(block) > 1)

    found = _open_blocks(redundant_groups(sample), look, entries)
    return Importances(
        tuple(sorted(found, key=lambda entry: (entry.block, -entry.rise.value))),
        float(np.mean(calm)) if len(calm) else float("nan"),
        len(rows),
        repeats,
        seed,
    )


def log_loss(label: Labels, output: Floats) -> Floats:
    """[n] natural-log losses of [n, classes] probabilities, clipped at 1e-7."""
    chosen = output[np.arange(len(label)), label.astype(np.int64)]
    return np.asarray(-np.log(np.clip(chosen, 1e-7, 1.0)))


def absolute_error(label: Labels, output: Floats) -> Floats:
    """[n] absolute errors, in the label's own unit."""
    return np.abs(output.reshape(len(label)) - label.astype(np.float64))


def _cells(frame: pl.DataFrame) -> int:
    """What one row costs."""
    lengths = frame.select(pl.col(pl.String).str.len_chars())
    characters = sum(int(column.sum()) for column in lengths.iter_columns())
    return frame.width + CHARACTER_CELLS * characters // max(frame.height, 1)


def _sample(height: int, rows: int, seed: int) -> NDArray[np.int64]:
    if height <= rows:
        return np.arange(height, dtype=np.int64)
    generator = np.random.default_rng([seed, 0])
    return np.sort(generator.choice(height, size=rows, replace=False)).astype(np.int64)


def _derangement(rows: int, seed: int, repeat: int) -> NDArray[np.int64]:
    """A random cycle through all rows, so that no row keeps its own value."""
    order = np.random.default_rng([seed, 1, repeat]).permutation(rows)
    donors = np.empty(rows, dtype=np.int64)
    donors[order] = np.roll(order, 1)
    return donors


def _rise(
    predict: Predict,
    sample: pl.DataFrame,
    truth: Labels,
    loss: Loss,
    calm: Floats,
    columns: Sequence[str],
    shuffles: Sequence[NDArray[np.int64]],
) -> Estimate:
    n, repeats = len(calm), len(shuffles)
    if n < 2:
        return Estimate(float("nan"), float("nan"), float("nan"), n)
    every = np.concatenate(shuffles)
    own = np.tile(np.arange(n, dtype=np.int64), repeats)
    shuffled = sample[own].with_columns(sample.select(columns)[every])
    rises = loss(truth[own], predict(shuffled)) - np.tile(calm, repeats)
    received = np.bincount(own, weights=rises, minlength=n) / repeats
    given = np.bincount(every, weights=rises, minlength=n) / repeats
    value = float(np.mean(received))
    half = Z * float(np.std(received + given, ddof=1)) / np.sqrt(n)
    return Estimate(value, value - half, value + half, n)


def _open_blocks(
    groups: Sequence[tuple[str, ...]],
    look: Callable[[tuple[tuple[str, ...], ...]], Importance],
    entries: int,
) -> list[Importance]:
    """Look at every group, or with more groups than `entries` at blocks, the best ones halved."""
    if not groups:
        return []
    if len(groups) <= entries:
        return [look((group,)) for group in groups]
    whole = tuple(groups)
    first = look(whole)
    heap = [(-first.rise.value, 0, whole, first)]
    single: list[Importance] = []
    looks = 1
    while heap and looks + 2 <= entries:
        _, _, block, _ = heapq.heappop(heap)
        middle = len(block) // 2
        for half in (block[:middle], block[middle:]):
            looks += 1
            found = look(half)
            if len(half) == 1:
                single.append(found)
            else:
                heapq.heappush(heap, (-found.rise.value, looks, half, found))
    return [*single, *(found for _, _, _, found in heap)]

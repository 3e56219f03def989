"""Small sets of columns of which the label is an exact weighted sum."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.evaluate.leakage.target import Floats

PROBE_ROWS = 400
LEAST_ROWS = 40
LEFT_OVER = 1e-6
"""The share of the label's variance that rounding may leave unexplained."""
MATTERS = 1e-4
"""A column belongs to a set if leaving it out leaves at least this share unexplained."""
LONGEST = 24
MOST_COLUMNS = 500


@dataclass(frozen=True)
class Sum:
    """The label is `constant` plus `weights` times the columns at `places`, on `rows` rows."""

    places: tuple[int, ...]
    weights: tuple[float, ...]
    rows: int
    left_over: float


def exact_sums(columns: Floats, label: Floats, seed: int) -> list[Sum]:
    """The pairs of columns whose weighted sum is the label, else one longer set, else nothing.

    columns: [n, d] with NaN for missing; a set is judged on the rows where all of it is known.
    """
    scaled, target = _scaled(columns), _scaled(label[:, None])[:, 0]
    nearest = _strongest(scaled, target)
    order = np.random.default_rng(seed).permutation(len(label))
    probe = order[:PROBE_ROWS]
    fit = pair_fit(scaled[np.ix_(probe, nearest)], target[probe])
    found = [_check((int(nearest[i]), int(nearest[j])), columns, label) for i, j in _best(fit)]
    pairs = [each for each in found if each is not None]
    if pairs:
        return pairs
    longer = _longer(scaled, target, order)
    checked = None if longer is None else _check(longer, columns, label)
    return [] if checked is None else [checked]


def pair_fit(columns: Floats, label: Floats) -> Floats:
    """[d, d] share of the label's variance that two columns leave over in a least-squares fit.

    Each pair is judged on the rows where both are known; NaN where too few are, or where the two
    are one. All pairs come out of eight matrix products.
    """
    known = ~np.isnan(columns)
    x = np.where(known, columns, 0.0)
    mask = known.astype(np.float64)
    count = mask.T @ mask
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (x.T @ mask) / count
        label_mean = ((mask * label[:, None]).T @ mask) / count
        label_var = ((mask * label[:, None] ** 2).T @ mask) / count - label_mean**2
        var = ((x**2).T @ mask) / count - mean**2
        both = (x.T @ x) / count - mean * mean.T
        with_label = ((x * label[:, None]).T @ mask) / count - mean * label_mean
        determinant = var * var.T - both**2
        explained = (
            with_label**2 * var.T + with_label.T**2 * var - 2 * with_label * with_label.T * both
        ) / determinant
        left_over = 1 - explained / label_var
    usable = (count >= LEAST_ROWS) & (determinant > 1e-10 * var * var.T) & (label_var > 1e-10)
    return np.where(usable, left_over, np.nan)


def whole_ratios(weights: tuple[float, ...]) -> bool:
    """Whether the weights stand to each other as small whole numbers, as in a made-up formula."""
    sizes = np.abs(np.array(weights))
    for part in range(1, 11):
        multiples = sizes / sizes.min() * part
        if multiples.max() <= 50 and np.abs(multiples - np.round(multiples)).max() < 1e-3:
            return True
    return False


def _scaled(columns: Floats) -> Floats:
    known = ~np.isnan(columns)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, columns, 0.0)
    mean = filled.sum(axis=0) / count
    centred = np.where(known, columns - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    scaled = centred / np.where(spread > 0, spread, 1.0)
    return np.where(known, scaled, np.nan)


def _strongest(scaled: Floats, target: Floats) -> NDArray[np.int64]:
    if scaled.shape[1] <= MOST_COLUMNS:
        return np.arange(scaled.shape[1])
    strength = np.abs(np.nan_to_num(scaled).T @ target)
    return np.sort(np.argsort(-strength, kind="stable")[:MOST_COLUMNS])


def _best(left_over: Floats) -> Iterator[tuple[int, int]]:
    with np.errstate(invalid="ignore"):
        rows, others = np.nonzero(np.triu(left_over < 10 * LEFT_OVER, k=1))
    order = np.argsort(left_over[rows, others], kind="stable")[:20]
    yield from zip(rows[order].tolist(), others[order].tolist(), strict=True)


def _check(places: tuple[int, ...], columns: Floats, label: Floats) -> Sum | None:
    """The sum over all rows, if it is exact there and needs every one of its columns."""
    chosen = columns[:, places]
    known = ~np.isnan(chosen).any(axis=1)
    if known.sum() < max(LEAST_ROWS, 4 * len(places)):
        return None
    chosen, y = chosen[known], label[known]
    spread = chosen.std(axis=0)
    if not (spread > 0).all() or not y.std() > 0:
        return None
    scaled = (chosen - chosen.mean(axis=0)) / spread
    centred = y - y.mean()
    weights, left_over = _fit(scaled, centred)
    if not left_over < LEFT_OVER:
        return None
    for skip in range(len(places)):
        if _fit(np.delete(scaled, skip, axis=1), centred)[1] < MATTERS:
            return None
    return Sum(places, tuple((weights / spread).tolist()), int(known.sum()), left_over)


def _fit(scaled: Floats, centred: Floats) -> tuple[Floats, float]:
    weights = np.asarray(np.linalg.lstsq(scaled, centred, rcond=None)[0], dtype=np.float64)
    return weights, float(((centred - scaled @ weights) ** 2).sum() / (centred**2).sum())


def _longer(scaled: Floats, target: Floats, order: NDArray[np.int64]) -> tuple[int, ...] | None:
    """Three columns and more, as few as possible, of the rows in this order."""
    usable = np.flatnonzero(~np.isnan(scaled).any(axis=0))
    few, many = order[:PROBE_ROWS], order[: 4 * min(len(usable), MOST_COLUMNS)]
    if len(few) < LEAST_ROWS or not len(usable):
        return None
    for rows, choose in ((few, _one_by_one), (many, _all_at_once)):
        x, y = scaled[np.ix_(rows, usable)], target[rows]
        x, y = x - x.mean(axis=0), y - y.mean()
        chosen = choose(x, y) if float(y @ y) > 0 else None
        if chosen is not None:
            return _pruned(x, y, usable, chosen)
    return None


def _one_by_one(x: Floats, y: Floats) -> list[int] | None:
    """Each the column that explains most of what is left, until nothing is."""
    chosen: list[int] = []
    left, rest = x.copy(), y.copy()
    for _ in range(min(LONGEST, len(y) // 4, x.shape[1])):
        size = (left**2).sum(axis=0)
        alive = size > 1e-8 * len(y)
        gain = np.where(alive, (left.T @ rest) ** 2 / np.where(alive, size, 1.0), -1.0)
        best = int(gain.argmax())
        if gain[best] <= 0:
            return None
        chosen.append(best)
        direction = left[:, best] / np.sqrt(size[best])
        rest = rest - direction * (direction @ rest)
        left = left - np.outer(direction, direction @ left)
        if rest @ rest < LEFT_OVER * (y @ y):
            return chosen
    return None


def _all_at_once(x: Floats, y: Floats) -> list[int] | None:
    """The columns with a weight in the sum of all, if they are not too many."""
    if len(y) < 3 * x.shape[1]:
        return None
    weights, left_over = _fit(x, y)
    if not left_over < LEFT_OVER:
        return None
    chosen = np.flatnonzero(np.abs(weights) > MATTERS * np.abs(weights).max()).tolist()
    return chosen if len(chosen) <= LONGEST else None


def _pruned(
    x: Floats, y: Floats, usable: NDArray[np.int64], chosen: list[int]
) -> tuple[int, ...] | None:
    kept = list(chosen)
    for each in chosen:
        others = [place for place in kept if place != each]
        if others and _fit(x[:, others], y)[1] < LEFT_OVER:
            kept = others
    return tuple(sorted(int(usable[place]) for place in kept)) if len(kept) > 1 else None

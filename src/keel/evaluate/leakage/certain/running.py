"""A running total or moving mean of the label that includes the row itself or later ones."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve

from keel.data.split import Rows
from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context, read_numbers
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.target import Floats

REACHES = (200, 60, 12, 3, 1)
"""How many rows before and after may be added up, the longest that the groups allow."""
WIDE = 200
"""Tables of more columns are spared the longest reach."""
ROWS_PER_REACH = 9
LEFT_OVER = 1e-6
MATTERS = 1e-3
MOST_WITH_GAPS = 20
HOW = ("total or moving mean", "mean so far")


def find(context: Context) -> list[Finding]:
    """Columns whose step from row to row is a weighted sum of labels, the present or later ones
    among them.

    Rows are neighbours in time order within a group, or in table order. Labels of all rows are
    looked at, those of the test part too: a gap would break every neighbourhood, and nothing is
    fitted that is used.
    """
    label = _numbers(context)
    if label is None:
        return []
    reaches = REACHES if len(context.numeric()) <= WIDE else REACHES[1:]
    rows, group = _neighbours(context, ROWS_PER_REACH * reaches[0])
    y = label[rows]
    reach = _reach(group, reaches)
    if reach == 0 or not y.std() > 0:
        return []
    at = np.arange(reach, len(rows) - reach)
    at = at[group[at - reach] == group[at + reach]]
    labels = np.column_stack([np.ones(len(at)), *(y[at + j] for j in range(-reach, reach + 1))])
    names = context.numeric()
    columns = [_read(context, name, rows) for name in names]
    ways = (np.ones(len(rows)), _place_in_group(group))
    steps = np.column_stack(
        [np.diff(column * way, prepend=np.nan) for way in ways for column in columns]
    )
    found: dict[str, Finding] = {}
    for place, later in _sums_of_labels(labels, steps[at], reach):
        name, how = names[place % len(names)], HOW[place // len(names)]
        found.setdefault(name, _finding(context, name, how, later, len(at)))
    return list(found.values())


def _numbers(context: Context) -> Floats | None:
    classes = context.examples.classes
    if not context.numeric() or len(classes) > 2:
        return None
    return context.examples.label.astype(np.float64)


def _neighbours(context: Context, most: int) -> tuple[Rows, NDArray[np.int64]]:
    """At most so many row numbers, neighbours one after the other, and the group each is in."""
    examples = context.examples
    n = len(examples)
    group = np.zeros(n, dtype=np.int64) if examples.group is None else examples.group
    if examples.time is None:
        order = np.arange(n) if examples.group is None else np.argsort(group, kind="stable")
    else:
        order = np.lexsort((np.arange(n), examples.time, group))
    start = (n - min(n, most)) // 2
    order = order[start : start + most]
    return order, group[order]


def _reach(group: NDArray[np.int64], reaches: tuple[int, ...]) -> int:
    for reach in reaches:
        inside = int((group[2 * reach :] == group[: -2 * reach]).sum()) if len(group) else 0
        if inside >= 3 * (2 * reach + 1) and inside >= 60:
            return reach
    return 0


def _place_in_group(group: NDArray[np.int64]) -> Floats:
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    sizes = np.diff(np.append(starts, len(group)))
    return (np.arange(len(group)) - np.repeat(starts, sizes) + 1).astype(np.float64)


def _read(context: Context, name: str, rows: Rows) -> Floats:
    column = context.examples.frame[name].gather(rows)
    return read_numbers(column, context.kind(name))


def _sums_of_labels(labels: Floats, steps: Floats, reach: int) -> list[tuple[int, int]]:
    """Which columns of steps are exact sums of labels of the row or later ones, and how many rows
    later the last of them is."""
    found: list[tuple[int, int]] = []
    whole = ~np.isnan(steps).any(axis=0)
    batches = [(np.flatnonzero(whole), np.ones(len(labels), dtype=np.bool_))]
    batches += [
        (np.array([place]), ~np.isnan(steps[:, place]))
        for place in np.flatnonzero(~whole)[:MOST_WITH_GAPS]
    ]
    for places, kept in batches:
        if not len(places) or kept.sum() < 3 * labels.shape[1]:
            continue
        x, y = labels[kept], steps[np.ix_(kept, places)]
        spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
        weights = _least_squares(x, y)
        left = ((y - x @ weights) ** 2).sum(axis=0)
        exact = (spread > 1e-12 * len(x)) & (left < LEFT_OVER * spread)
        for column in np.flatnonzero(exact):
            size = np.abs(weights[1:, column])
            matters = size > MATTERS * size.max()
            if matters[reach:].any():
                found.append((int(places[column]), int(np.flatnonzero(matters).max()) - reach))
    return found


def _least_squares(x: Floats, y: Floats) -> Floats:
    """By normal equations, many times faster than by decomposing x. What they lose in precision
    lies where x hardly varies, and does not show in what is left over."""
    gram = x.T @ x
    gram[np.diag_indices_from(gram)] += 1e-10 * np.trace(gram) / len(gram)
    return np.asarray(solve(gram, x.T @ y, assume_a="pos"), dtype=np.float64)


def _finding(context: Context, name: str, how: str, later: int, rows: int) -> Finding:
    whose = "its own label" if later == 0 else f"labels of up to {later} rows later"
    return Finding(
        "running label",
        (name,),
        Severity.CERTAIN,
        f"{name} is a {how} of {context.system.labelled.column}: its steps are exact sums of "
        f"labels that include {whose}, in all {rows:,} rows compared with their neighbours",
        "at prediction time neither the row's own label nor later ones are known",
        ignore([name]) + ", or compute it from earlier rows only",
    )

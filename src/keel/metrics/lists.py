"""Lists of items held against the items that were right, user by user."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.metrics.classes import ratio
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.sample import RowValues, Sample
from keel.metrics.shelf import Shelf
from keel.spec.promise import Measure


def mean_over_users(sample: Sample, values: RowValues, *arguments: object) -> Floats:
    """[r] means of `values(evidence, *arguments)`, which is [n] and 0 where it does not exist,
    over the users for whom some item was right."""
    return ratio(sample.sum(values, *arguments), sample.sum(has_right))


def of_users(evidence: Evidence, values: RowValues, *arguments: object) -> Floats:
    """[k] the values that such a mean is of."""
    return values(evidence, *arguments)[has_right(evidence) > 0]


def length(measure: Measure) -> int:
    """The k of a measure at k."""
    return int(measure.level or 0)


def shown(evidence: Evidence, k: int) -> Integers:
    """[n, up to k] codes of the items at the head of each list."""
    return np.asarray(evidence.output[:, :k], dtype=np.int64)


def right(evidence: Evidence) -> Integers:
    """[n] how many items were right for each user."""
    return np.asarray((evidence.label >= 0).sum(axis=1), dtype=np.int64)


def has_right(evidence: Evidence) -> Floats:
    """[n] 1 for users for whom some item was right."""
    return np.asarray(right(evidence) > 0, dtype=np.float64)


def hits(evidence: Evidence, k: int) -> NDArray[np.bool_]:
    """[n, up to k] which of the items shown were right."""
    lists = shown(evidence, k)
    label = evidence.label.astype(np.int64, copy=False)
    codes = 2 + max(int(lists.max(initial=0)), int(label.max(initial=0)))
    row = np.arange(len(lists))[:, None] * codes
    wanted = (row + label)[label >= 0]
    return np.isin(row + lists, wanted) & (lists >= 0)


def gain(places: int) -> Floats:
    """[places] what a hit at each place counts: 1 / log2(1 + place)."""
    return np.asarray(1.0 / np.log2(np.arange(places) + 2.0))


def shelf_of(evidence: Evidence) -> Shelf:
    """What is known of the items. Raises ValueError where nothing is: see `lacks_shelf`."""
    if evidence.shelf is None:
        raise ValueError("the evidence holds no facts of items")
    return evidence.shelf


def history_of(evidence: Evidence) -> Integers:
    """[n, h] what users did before. Raises ValueError where nothing is known: `lacks_history`."""
    history = shelf_of(evidence).history
    if history is None:
        raise ValueError("the evidence holds no histories")
    return history


def labels_of(evidence: Evidence) -> sparse.csr_matrix:
    """[items, g] labels. Raises ValueError where there are none: see `lacks_labels`."""
    labels = shelf_of(evidence).labels
    if labels is None:
        raise ValueError("the evidence holds no labels of items")
    return labels


def lacks_shelf(evidence: Evidence) -> str | None:
    """Why figures of items cannot be had."""
    return "nothing is known of the items" if evidence.shelf is None else None


def lacks_history(evidence: Evidence) -> str | None:
    """Why figures that compare with what users did cannot be had."""
    known = evidence.shelf is not None and evidence.shelf.history is not None
    return None if known else "nothing is known of what the users did before"


def lacks_labels(evidence: Evidence) -> str | None:
    """Why figures of labels cannot be had."""
    known = evidence.shelf is not None and evidence.shelf.labels is not None
    return None if known else "the items have no labels, such as genres"


def lacks_ratings(evidence: Evidence) -> str | None:
    """Why errors of ratings cannot be had."""
    known = evidence.shelf is not None and evidence.shelf.predicted is not None
    return None if known else "no ratings were foretold"


def label_shares(codes: Integers, labels: sparse.csr_matrix) -> Floats:
    """[n, g] how the items of each row share out over labels, an item with several in equal parts;
    zeros where no item has one."""
    kept = codes >= 0
    row = np.repeat(np.arange(len(codes)), codes.shape[1])[kept.ravel()]
    ones = np.ones(len(row))
    held = sparse.csr_matrix((ones, (row, codes[kept])), shape=(len(codes), labels.shape[0]))
    many = np.maximum(np.asarray(labels.sum(axis=1), dtype=np.float64).ravel(), 1.0)
    total = np.asarray((held @ (sparse.diags_array(1.0 / many) @ labels)).toarray())
    return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-300))

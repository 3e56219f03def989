"""Columns that give away the label by which a detector is judged."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from keel.data.split import Fold, Split
from keel.evaluate.leakage.check import find_leaks
from keel.evaluate.leakage.finding import Finding, Severity
from keel.spec.system import System
from keel.walk.tables.prepared import TablePrepared

LEAST_KNOWN = 30


def find_label_leaks(prepared: TablePrepared, system: System) -> tuple[Finding, ...]:
    """The certain leaks among rows with a known label. Nothing is learned from a label here, so
    that what merely goes along with it is what a detector should find, and no suspect."""
    label = prepared.built.judged
    if label is None or system.label is None:
        return ()
    rows = np.flatnonzero(label.known)
    if len(rows) < LEAST_KNOWN or len(np.unique(label.values[rows])) < 2:
        return ()
    split = _among(prepared.split, rows, len(label.known))
    if not len(split.train) or not len(split.test):
        return ()
    examples = prepared.built.examples.take(rows)
    findings = find_leaks(examples, split, system, seed=system.train.seed)
    return tuple(found for found in findings if found.severity is Severity.CERTAIN)


def _among(split: Split, rows: NDArray[np.int64], total: int) -> Split:
    """The split of these rows alone, by their place among them."""
    place = np.full(total, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))

    def kept(part: NDArray[np.int64]) -> NDArray[np.int64]:
        found = place[part]
        return found[found >= 0]

    folds = tuple(Fold(kept(fold.fit), kept(fold.validate)) for fold in split.folds)
    clusters = None if split.clusters is None else split.clusters[rows]
    return replace(
        split, train=kept(split.train), test=kept(split.test), folds=folds, clusters=clusters
    )

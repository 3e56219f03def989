"""Fewer rows to compare detectors on, where there are more than a comparison needs."""

from dataclasses import replace

from keel.data.split import Fold, Split
from keel.train.models.drawn_rows import drawn_rows

MOST_ROWS = 20_000
"""Of a fold to fit on, and of all folds together to score."""


def thin(split: Split, seed: int, most: int = MOST_ROWS) -> Split:
    """The same folds with at most `most` rows to fit on in each and to validate on in all.

    Rows are drawn at random, in their order, so that rates among them stay what they are.
    """
    each = max(1, most // len(split.folds))
    folds = tuple(
        Fold(
            fold.fit[drawn_rows(len(fold.fit), most, seed)],
            fold.validate[drawn_rows(len(fold.validate), each, seed + 1)],
        )
        for fold in split.folds
    )
    return replace(split, folds=folds)

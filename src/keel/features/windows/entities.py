"""Entities as numbers, alike for events and for the rows that ask."""

import numpy as np
import polars as pl

from keel.features.windows.timeline import Codes, Truths


def match_entities(events: pl.Series, asked: pl.Series) -> tuple[Codes, Codes, Truths]:
    """[n] codes of events, below 0 for none, [q] those of rows that ask, and [q] which of these
    have an entity at all; the others have a code that no event has."""
    names = pl.Categorical(pl.Categories.random())
    # The numbers of names are kept only as long as a series has them.
    named = events.cast(names)
    codes = _codes(named)
    theirs = codes if asked.equals(events) else _codes(asked.cast(names))
    known = theirs >= 0
    nobody = max(codes.max(initial=-1), theirs.max(initial=-1)) + 1
    return codes, np.where(known, theirs, nobody), known


def _codes(named: pl.Series) -> Codes:
    return named.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()

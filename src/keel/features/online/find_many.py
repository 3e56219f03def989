"""Figures for many rows at once: all that a store holds of their entities is read once, and worked
through as history is."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from keel.features.events import Rows
from keel.features.figure import Figure
from keel.features.online.read_whole import Whole


def find_many(whole: Whole, figures: Sequence[Figure], rows: Rows) -> dict[str, pl.Series]:
    """Each column of the figures, [q] in the order of the rows. figures: all of the table and the
    kind of entity that `whole` reads.

    What is written meanwhile is seen, or not, by all rows of an entity alike.
    """
    # A server of plain columns does without it.
    from keel.features.offline import find_figures

    kind, table = whole.kind, whole.layout.table
    asked = pl.DataFrame({kind: rows.entities[kind], "row": np.arange(len(rows))})
    order, found = [], []
    for entities, events in whole.read(asked[kind].unique()):
        some = asked.join(entities.to_frame(kind), on=kind, how="semi", nulls_equal=True)["row"]
        order.append(some)
        found.append(find_figures(figures, {table: events}, rows.take(some.to_numpy())))
    back = pl.concat(order).arg_sort()
    return {name: pl.concat([part[name] for part in found]).gather(back) for name in found[0]}

"""Whether labels came to be known by what was done about a case."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

FEW = 20
"""Cases of an action; fewer tell nothing."""

LIKE = 0.9
"""Labels that come for an action this often, of how often they come for another, are not selected
by it, however many cases say that it differs."""

CHANCE = 1e-3


def label_selection(
    acted: pl.Series | None, observed: NDArray[np.bool_], due: NDArray[np.bool_]
) -> str | None:
    """In words, the action whose cases lack labels more than others; None where there is none.

    acted: [n] what was done about each case. observed, due: [n] whether its label is known, and
    whether it should be.
    Source: Fisher 1922, doi:10.2307/2340521, for the chance of such a table.
    """
    if acted is None:
        return None
    table = pl.DataFrame({"acted": acted, "known": observed}).filter(due)
    shares = (
        table.group_by("acted")
        .agg(pl.len().alias("cases"), pl.col("known").sum())
        .filter(pl.col("cases") >= FEW)
        .with_columns((pl.col("known") / pl.col("cases")).alias("share"))
        .sort("share", "acted")
    )
    if len(shares) < 2:
        return None
    least, most = shares.row(0, named=True), shares.row(-1, named=True)
    if not least["share"] < LIKE * most["share"]:
        return None
    counts = np.array([[row["known"], row["cases"] - row["known"]] for row in (least, most)])
    if not stats.fisher_exact(counts).pvalue < CHANCE:
        return None
    return (
        f"{least['share']:.0%} of the {least['cases']:,} answers {least['acted']!r} have a label, "
        f"and {most['share']:.0%} of the {most['cases']:,} answers {most['acted']!r}"
    )

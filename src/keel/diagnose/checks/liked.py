"""Whether the version learned from what users liked."""

import numpy as np
import polars as pl

from keel.diagnose.chance import BAR, surprise_of_z
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

FEWEST = 30
HALF = 0.5
FOLLOWS = ("lost events", "distribution shift", "popularity feedback loop", "seen-filter off")


def look(context: Context) -> Look:
    """Of the events until training, the share with each value that the version learned from: a
    threshold keeps high values and drops low ones."""
    last = context.events.trained["time"].max()
    old = context.events.now.filter(pl.col("value").is_not_null())
    if last is not None:
        old = old.filter(pl.col("time") <= last)
    if len(old) < FEWEST or old["value"].n_unique() < 2:
        return skipped("events have no values that differ")
    kept = old.join(
        context.events.trained.select("user", "item", pl.lit(True).alias("kept")).unique(),
        on=["user", "item"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("kept").fill_null(False))
    middle = float(np.median(kept["value"].unique().to_numpy()))
    low, high = kept.filter(pl.col("value") < middle), kept.filter(pl.col("value") > middle)
    of_low, of_high = (float(np.asarray(part["kept"].mean() or 0.0)) for part in (low, high))
    saw = f"it learned from {of_high:.0%} of the events with high values and {of_low:.0%} with low"
    share = float(np.asarray(kept["kept"].mean()))
    spread = np.sqrt(share * (1 - share) * (1 / max(1, len(low)) + 1 / max(1, len(high))))
    surprise = surprise_of_z((of_low - of_high) / max(float(spread), 1e-9))
    if not of_high < HALF * of_low or surprise < BAR or min(len(low), len(high)) < FEWEST:
        return Look((saw,))
    finding = Finding(
        "inverted rating threshold",
        Severity.CERTAIN,
        f"the version learned from {of_low:.0%} of the events with a value below {middle:g} and "
        f"from {of_high:.0%} of those above",
        "it recommends what users disliked",
        "keep the events at and above the threshold, not those below it, and train again",
        surprise,
        of_low - of_high,
        FOLLOWS,
    )
    return Look((saw,), (finding,))

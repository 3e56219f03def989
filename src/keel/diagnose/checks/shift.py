"""How far what users do has moved since training."""

import numpy as np
import polars as pl

from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

BINS = 10
MOVED = 0.25
"""The population stability index from which on a change is commonly called large."""


def look(context: Context) -> Look:
    """Items by how popular they were, before and since: the share of events with each tenth."""
    inside = context.events.fresh.filter(pl.col("item") < context.events.catalogue)
    if len(inside) < 10 * BINS:
        return skipped(f"{len(inside):,} events since training with known items are too few")
    order = np.argsort(-context.items.counts, kind="stable")
    total = np.cumsum(context.items.counts[order]) / max(1, context.items.counts.sum())
    bin_of = np.empty(context.events.catalogue, dtype=np.int64)
    bin_of[order] = np.minimum((total - 1e-12) * BINS, BINS - 1).astype(np.int64)
    then = np.bincount(bin_of, context.items.counts, minlength=BINS) + 0.5
    now = np.bincount(bin_of[inside["item"].to_numpy()], minlength=BINS) + 0.5
    p, q = then / then.sum(), now / now.sum()
    index = float(((q - p) * np.log(q / p)).sum())
    rare = float(q[BINS // 2 :].sum() - p[BINS // 2 :].sum())
    saw = (
        f"the population stability index of items by popularity is {index:.3f} since training; "
        f"the less used half has {rare:+.1%} of the events"
    )
    if index < MOVED:
        return Look((saw,))
    finding = Finding(
        "distribution shift",
        Severity.NOTE,
        saw,
        "the version recommends what was liked when it learned",
        "train again on events until today",
        0.0,
        float(np.abs(q - p).sum() / 2),
    )
    return Look((saw,), (finding,))

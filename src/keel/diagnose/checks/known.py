"""How much is known of users and items."""

import numpy as np
import polars as pl

from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look

FEW = 5
MANY_COLD = 0.1


def look(context: Context) -> Look:
    """Users and items that the version never learned from, and the history of one user."""
    events = context.events
    counts = context.items.counts
    trained = events.trained_users
    saw = [
        (
            f"the version learned from {len(events.learned):,} events of {trained:,} users with "
            f"{int((counts > 0).sum()):,} of {events.catalogue:,} items; "
            f"{int(((counts > 0) & (counts < FEW)).sum()):,} items have fewer than {FEW} events"
        )
    ]
    findings = []
    if events.user is not None:
        mine = int(events.histories.lengths[events.user])
        saw.append(f"{mine:,} items count as the history of user {context.situation.user}")
        if mine < FEW:
            findings.append(_little(str(context.situation.user), mine))
    if len(events.fresh):
        cold = events.fresh.filter(pl.col("item") >= events.catalogue)
        share = len(cold) / len(events.fresh)
        new = events.fresh["user"].to_numpy() >= trained
        saw.append(
            f"of {len(events.fresh):,} events since training {share:.1%} are with items outside "
            f"the catalogue and {np.mean(new):.1%} of users it has not met"
        )
        if share >= MANY_COLD:
            findings.append(_cold(cold["item"].n_unique(), share))
    return Look(tuple(saw), tuple(findings))


def _little(user: str, items: int) -> Finding:
    return Finding(
        "little known of the user",
        Severity.NOTE,
        f"user {user} has a history of {items} items",
        "answers rest on popularity and on what is known of the user beside events",
        "ask for a few likes at the start, or send the history with the request",
        0.0,
        0.0,
    )


def _cold(items: int, share: float) -> Finding:
    return Finding(
        "new items",
        Severity.NOTE,
        f"{share:.0%} of the events since training are with {items:,} items that the version does "
        "not know",
        "it cannot recommend them",
        "train again; more often if the catalogue turns over this fast",
        0.0,
        share,
    )

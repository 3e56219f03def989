"""Whether the table of items keeps up with the events and the answers."""

import polars as pl

from keel.diagnose.chance import BAR, TOLERATED, surprise_of_count
from keel.diagnose.coded import share_of
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

LEAST_SHARE = 0.005


def look(context: Context) -> Look:
    """Items that are used, or shown, without a row in the table of today, against training."""
    table, then = context.situation.items_now, context.situation.items_then
    if table is None:
        return skipped("there is no table of items")
    ids = table[table.columns[0]].cast(pl.String)
    recent = context.events.fresh if len(context.events.fresh) else context.events.now
    used = context.events.items.gather(recent["item"])
    shown = context.situation.answers.explode("items", empty_as_null=False)["items"]
    usual = 0.0
    if then is not None:
        had = context.situation.trained["item"].is_in(then[then.columns[0]].implode())
        usual = 1 - share_of(had) if len(had) else 0.0
    saw = []
    findings = []
    for word, named in (("used", used), ("shown", shown)):
        if not len(named):
            continue
        missing = named.filter(~named.is_in(ids.implode()))
        share = len(missing) / len(named)
        saw.append(
            f"{share:.1%} of {len(named):,} items {word} lately have no row among {len(ids):,}"
        )
        surprise = surprise_of_count(len(missing), (usual + TOLERATED) * len(named))
        if share >= LEAST_SHARE and surprise >= BAR:
            findings.append(_finding(word, missing, share, usual, surprise, len(ids)))
    return Look(tuple(saw), tuple(findings[:1]))


def _finding(
    word: str, missing: pl.Series, share: float, usual: float, surprise: float, rows: int
) -> Finding:
    first = ", ".join(missing.unique().sort()[:3])
    return Finding(
        "stale item table",
        Severity.CERTAIN,
        f"{missing.n_unique():,} items, {share:.1%} of those {word} lately, have no row in the "
        f"table of {rows:,} items ({usual:.1%} at training): {first}",
        "what is new cannot be found, filtered or explained, and what was withdrawn is still shown",
        "refresh the table of items before answers are made, and train again",
        surprise,
        share,
        ("new items", "distribution shift"),
    )

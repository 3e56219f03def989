"""Items that are in the catalogue twice."""

import polars as pl

from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped

SHOWN = 3


def look(context: Context) -> Look:
    """Items of one title, whatever their case and signs."""
    table, title = context.items.table, context.items.title
    if table is None or title is None:
        return skipped("items have no titles")
    plain = pl.col(title).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
    same = (
        table.select(pl.col(table.columns[0]).alias("id"), plain.alias("title"))
        .filter(pl.col("title").str.len_chars() > 0)
        .group_by("title")
        .agg(pl.col("id").sort())
        .filter(pl.col("id").list.len() > 1)
        .sort("title")
    )
    if not len(same):
        return Look((f"no two of {len(table):,} items share their {title}",))
    first = "; ".join(
        f"{row['title']} ({', '.join(row['id'])})" for row in same.head(SHOWN).to_dicts()
    )
    evidence = (
        f"{len(same):,} of {table[title].n_unique():,} {title}s are of several items: {first}"
    )
    finding = Finding(
        "duplicate items",
        Severity.NOTE,
        evidence,
        "what users do is divided between them, and both may be shown",
        "give each one id, and rewrite the events of the others",
        0.0,
        int(same["id"].list.len().sum()) / len(table),
    )
    return Look((evidence,), (finding,))

"""A text that contains its label, or a word that stands for it."""

import numpy as np
import polars as pl

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.target import Integers
from keel.spec.kinds import Kind

MOST_ROWS = 5_000
CHARACTERS = 4_000
LEAST_ROWS = 30
MOST_CLASSES = 30
ITS_NAME = (0.98, 0.3)
ANY_WORD = (0.995, 0.95)
"""The share of the rows with the word that are of one class, and of that class that have it."""


def find(context: Context) -> list[Finding]:
    """Text columns in which a class is written, or a word found nearly always and only in one."""
    if not context.examples.classes:
        return []
    names = [c.name for c in context.examples.columns if c.kind is Kind.TEXT]
    step = max(1, len(context.rows) // MOST_ROWS)
    label = context.examples.label[context.rows].astype(np.int64)[::step]
    findings: list[Finding] = []
    for name in names:
        texts = context.frame[name].gather_every(step)
        named = _named(texts, context.examples.classes, label)
        finding = _telling(context, name, named, label, ITS_NAME)
        if finding is None:
            finding = _telling(context, name, _words(texts, label), label, ANY_WORD)
        if finding is not None:
            findings.append(finding)
    return findings


def _words(texts: pl.Series, label: Integers) -> pl.DataFrame:
    """How many rows of each class have each word."""
    return (
        pl.DataFrame({"text": texts, "label": label})
        .with_columns(
            pl.col("text").str.slice(0, CHARACTERS).str.to_lowercase().str.extract_all(r"\w+")
        )
        .select("label", pl.col("text").list.unique().alias("word"))
        .explode("word")
        .drop_nulls()
        .group_by("word", "label")
        .len("rows")
        .with_columns(pl.col("rows").sum().over("word").alias("all"))
        .filter((pl.col("all") >= LEAST_ROWS) & (pl.col("rows") >= 0.9 * pl.col("all")))
        .sort("rows", "word", descending=[True, False])
    )


def _named(texts: pl.Series, classes: tuple[str, ...], label: Integers) -> pl.DataFrame:
    """How many rows of each class have the name of a class in them, as it is written."""
    lower = texts.str.slice(0, CHARACTERS).str.to_lowercase()
    counts = []
    for name in classes[:MOST_CLASSES]:
        has = lower.str.contains(name.lower(), literal=True).fill_null(False).to_numpy()
        rows = np.bincount(label[has], minlength=len(classes))
        counts.append((name, int(rows.argmax()), int(rows.max()), int(has.sum())))
    return pl.DataFrame(counts, schema=["word", "label", "rows", "all"], orient="row")


def _telling(
    context: Context, name: str, words: pl.DataFrame, label: Integers, bar: tuple[float, float]
) -> Finding | None:
    """The first word that is pure enough and common enough."""
    sizes = np.bincount(label, minlength=len(context.examples.classes))
    pure, reached = bar
    for word, code, rows, everywhere in words.iter_rows():
        if everywhere < LEAST_ROWS or sizes[code] == len(label):
            continue
        if rows / everywhere >= pure and rows / sizes[code] >= reached:
            return _finding(
                name,
                f"{word!r} is in {rows / sizes[code]:.1%} of the texts of class "
                f"{context.examples.classes[code]!r}, and {rows / everywhere:.1%} of the "
                f"{everywhere:,} texts that have it are of that class",
            )
    return None


def _finding(name: str, evidence: str) -> Finding:
    return Finding(
        "telling word",
        (name,),
        Severity.SUSPECT,
        f"{name}: {evidence}",
        "the text was written or stamped with the outcome in hand, or comes from a source that "
        "has only one class",
        f"remove that part of the text, or {ignore([name])}",
    )

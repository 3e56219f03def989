"""The same entity on both sides of the split."""

import numpy as np
import polars as pl

from keel.data.split import Rows
from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import SAMPLE_ROWS, Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.target import Floats, Integers, judge, read_target
from keel.spec.kinds import Kind

LEAST_VALUES = 50
LEAST_ROWS = 200
REPEATED = 0.5
FORETOLD = {True: 0.95, False: 0.9}
"""What an entity's other rows must reach to say that it should be grouped, for classes (ROC AUC)
and for values (R2)."""

BEYOND_NEARBY = 0.5


def find(context: Context) -> list[Finding]:
    """Declared groups and keys that straddle, and columns that act as one though undeclared.

    Under a split by time an entity is on both sides as it will be in production, and is fine.
    """
    if context.split.by == "time":
        return []
    findings = _declared(context)
    if context.split.by != "group" and not findings:
        findings += [f for column in context.columns for f in _implied(context, column.name)]
    return findings


def _declared(context: Context) -> list[Finding]:
    examples, split = context.examples, context.split
    findings: list[Finding] = []
    severity = Severity.SUSPECT if split.by == "given" else Severity.CERTAIN
    sides = (
        (context.system.split.group, None if examples.group is None else pl.Series(examples.group)),
        (context.system.table.key, examples.key),
    )
    for name, entity in sides:
        if entity is None or name is None or not len(split.test):
            continue
        shared = _shared(entity, split.train, split.test)
        if shared:
            evidence = (
                f"{shared:,} of {len(split.test):,} test rows have a {name} that is in the "
                "training part too"
            )
            findings.append(_finding(name, severity, evidence))
    return findings


def _shared(entity: pl.Series, train: Rows, test: Rows) -> int:
    inside = entity.gather(test)
    known = entity.gather(train).unique()
    return int((inside.is_in(known.implode()) & inside.is_not_null()).sum())


def _implied(context: Context, name: str) -> list[Finding]:
    """A column whose values come a few rows each, and whose other rows foretell the label."""
    if not _may_be_entity(context, name):
        return []
    rows, codes = _whole_entities(context, name)
    sizes = np.bincount(codes, minlength=1)[codes] if len(codes) else np.zeros(0, dtype=np.int64)
    rows, codes = rows[sizes > 1], codes[sizes > 1]
    if len(rows) < max(LEAST_ROWS, REPEATED * len(sizes)) or len(np.unique(codes)) < LEAST_VALUES:
        return []
    target = read_target(context.examples, rows)
    value, shares = judge(target, _others_say(codes, target.indicators))
    low = value - 1.96 * float(shares.std()) / np.sqrt(len(rows))
    if not low >= FORETOLD[bool(context.examples.classes)]:
        return []
    # Of a quantity, the values nearby foretell as much as the value itself.
    if not 1 - value <= BEYOND_NEARBY * (1 - context.one_column(name).score):
        return []
    evidence = (
        f"{len(np.unique(codes)):,} values of {name} come on several rows each, and the label of "
        f"a row is foretold by the other rows of its value ({target.measure} {value:.3f})"
    )
    return [_finding(name, Severity.SUSPECT, evidence)]


def _may_be_entity(context: Context, name: str) -> bool:
    kind = context.kind(name)
    distinct = context.one_column(name).distinct
    values = context.values(name)
    if distinct < LEAST_VALUES or kind not in (Kind.CATEGORY, Kind.NUMBER):
        return False
    known = values[~np.isnan(values)]
    if distinct < len(known) / 50 and len(context.split.train) <= SAMPLE_ROWS:
        return False
    return kind is Kind.CATEGORY or bool((known == np.floor(known)).all())


def _whole_entities(context: Context, name: str) -> tuple[Rows, Integers]:
    """Training rows of some values, all rows of each, without exact repetitions."""
    train = context.split.train
    if len(train) <= len(context.rows):
        rows = context.rows[context.distinct_rows]
    else:
        part = max(1, len(train) // SAMPLE_ROWS)
        hashes = context.examples.frame[name].hash(seed=context.seed % 2**32).to_numpy()
        rows = np.sort(train[hashes[train] % np.uint64(part) == 0])[: 2 * SAMPLE_ROWS]
    column = context.examples.frame[name].gather(rows)
    known = column.is_not_null().to_numpy()
    _, codes = np.unique(column.filter(pl.Series(known)).to_numpy(), return_inverse=True)
    return rows[known], codes


def _others_say(codes: Integers, indicators: Floats) -> Floats:
    sums = np.zeros((int(codes.max()) + 1, indicators.shape[1]))
    np.add.at(sums, codes, indicators)
    sizes = np.bincount(codes)[codes][:, None]
    mean = indicators.mean(axis=0)
    said: Floats = (sums[codes] - indicators + 0.1 * mean) / (sizes - 1 + 0.1)
    return said


def _finding(name: str, severity: Severity, evidence: str) -> Finding:
    return Finding(
        "entity",
        (name,),
        severity,
        evidence,
        "a model can recognise the entity instead of learning what is asked, and the test part "
        "would praise it for that",
        f"split: {{group: {name}}}"
        + ("" if severity is Severity.CERTAIN else f", or {ignore([name])}"),
    )

"""Finds what is wrong with a declaration's use of its tables, all of it at once."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from keel.clock import Clock
from keel.data.reading import Reading
from keel.data.sources.source import Source
from keel.spec.duration import format_duration
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.spec.system import ColumnExpectation, System


def named_columns(system: System) -> dict[str, str]:
    """Columns that the declaration names, and where."""
    table = next(iter(system.data))
    named = {
        system.target: "label: column",
        system.table.key: f"data: {table}: key",
        system.table.time: f"data: {table}: time",
        system.table.arrived: f"data: {table}: arrived",
        system.split.group: "split: group",
    }
    named |= dict.fromkeys(system.table.entities.values(), f"data: {table}: entities")
    named |= {name: "expect" for name in system.expect if name not in named}
    ignored = [name for name in system.train.ignore if not _is_feature(name, system)]
    named |= {name: "train: ignore" for name in ignored if name not in named}
    return {name: where for name, where in named.items() if name is not None}


def _is_feature(name: str, system: System) -> bool:
    """Whether a declared feature is called so; one of several windows bears its window too."""
    declared = system.features or {}
    return name in declared or name.rpartition("_")[0] in declared


def table_problems(source: Source, system: System) -> list[str]:
    """Names that stand twice, and declared columns that are not there."""
    counts = Counter(source.names)
    problems = [
        f"column {name!r} stands {n} times in {system.table.table}: give every column its own name"
        for name, n in counts.items()
        if n > 1
    ]
    if not source.names:
        problems.append(f"{system.table.table} has no columns")
    problems += [
        f"{where}: {system.table.table} has no column {name!r}: {did_you_mean(name, counts)}"
        for name, where in named_columns(system).items()
        if name not in counts
    ]
    return problems


def test_problems(source: Source, test: Source, system: System) -> list[str]:
    """Columns of the table that the test table lacks, or holds twice."""
    counts = Counter(test.names)
    problems = [
        f"column {name!r} stands {n} times in {system.table.test}: give every column its own name"
        for name, n in counts.items()
        if n > 1
    ]
    problems += [
        f"{system.table.test} has no column {name!r}, which {system.table.table} has: "
        f"{did_you_mean(name, counts)}"
        for name in source.names
        if name not in counts
    ]
    return problems


def contract_problems(system: System, readings: tuple[Reading, ...]) -> list[str]:
    """Expectations that cannot be held against a column of its kind."""
    kinds = {reading.name: reading.kind for reading in readings}
    problems: list[str] = []
    for name, expected in system.expect.items():
        kind = kinds[name]
        if expected.fresh_within is not None and kind is not Kind.TIME:
            problems.append(
                f"expect: {name}: fresh_within needs a time, but {name} is a {kind}: "
                "declare `type: time` or leave fresh_within out"
            )
        if expected.form is not None and kind is not Kind.TIME:
            problems.append(
                f"expect: {name}: form needs a time, but {name} is a {kind}: declare `type: time` "
                "or leave form out"
            )
        if (expected.min is not None or expected.max is not None) and kind not in (
            Kind.NUMBER,
            Kind.TEXT,
        ):
            problems.append(
                f"expect: {name}: min and max need a number (or a text, for its length), but "
                f"{name} is a {kind}: use `values` or `regex`, or declare `type: number`"
            )
    return problems


def stale_problems(
    expect: Mapping[str, ColumnExpectation], newest: Mapping[str, datetime], clock: Clock
) -> list[str]:
    """Time columns whose newest value is older than `fresh_within` allows."""
    problems: list[str] = []
    for name, expected in expect.items():
        if expected.fresh_within is None:
            continue
        if name not in newest:
            problems.append(f"expect: {name}: fresh_within needs a time, but none is there")
            continue
        age = clock().astimezone(UTC).replace(tzinfo=None) - newest[name]
        if not age <= expected.fresh_within:
            problems.append(
                f"expect: {name}: the newest time is {newest[name]:%Y-%m-%d %H:%M} UTC, "
                f"{age.days} days ago, but must be within "
                f"{format_duration(expected.fresh_within)}: load newer rows, or allow more"
            )
    return problems

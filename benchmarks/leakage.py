"""How many planted leaks the leakage check finds, how many clean columns it accuses, its cost.

Public tables take part if KEEL_TEST_DATA names their folder.
"""

import os
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np

from figures import Figure, report
from keel.data.examples import Examples
from keel.data.split import Split
from keel.data.table import Column
from keel.errors import TableError
from keel.evaluate.leakage.check import find_leaks
from keel.evaluate.leakage.finding import Finding, Severity
from keel.spec.kinds import Kind
from keel.spec.system import LabelSpec, System, TableSpec
from leakage_plants import PLANTS, WITHOUT_COLUMN, Plant
from leakage_tables import Case, as_arguments, bank_case, bike, clean_tables

SEED = 7
HOST_ROWS = 8_000
LEAST_FOUND = 0.93
MOST_ACCUSED = 0.005
SECONDS = {(1_000_000, 30): 2.0, (20_000, 1_000): 5.0}
HOSTS = (
    "Adult",
    "Telco churn",
    "German credit",
    "California housing",
    "Bank marketing without duration",
    "Bike sharing without parts",
    "Electricity",
    "breast_cancer",
    "wine",
    "diabetes",
    "make_classification 2 1.0",
    "make_classification 4 1.0",
    "make_classification rare",
    "make_regression 10.0",
    "make_friedman1",
)


def main() -> int:
    """Print the figures; 1 if a bar is missed."""
    cases = list(clean_tables())
    accused, columns = false_alarms(cases)
    hosts = [_part(case) for case in cases if case.name in HOSTS]
    found, planted, bystanders = recall(list({case.name: case for case in hosts}.values()))
    figures = [
        Figure(
            "clean columns accused, share",
            accused / columns,
            MOST_ACCUSED,
            "lower",
            note=f"{accused} of {columns}",
        ),
        Figure(
            "planted leaks found, share",
            found / planted,
            LEAST_FOUND,
            "higher",
            note=f"{found} of {planted}; {bystanders} innocent columns accused beside them",
        ),
    ]
    if "KEEL_TEST_DATA" in os.environ:
        figures += known_leaks(Path(os.environ["KEEL_TEST_DATA"]))
    for (rows, width), limit in SECONDS.items():
        name = f"{rows:,} rows x {width:,} columns, seconds of one core"
        figures.append(Figure(name, cost(rows, width), limit, "lower"))
    return report(figures, "what the leakage check finds")


def false_alarms(cases: list[Case]) -> tuple[int, int]:
    """Columns accused, and columns in all, of clean tables."""
    accused = columns = 0
    for case in cases:
        arguments = as_arguments(case, SEED)
        findings = find_leaks(*arguments, seed=SEED)
        columns += len(arguments[0].columns)
        accused += len(_accused(findings))
        for finding in findings:
            if finding.severity != Severity.NOTE:
                print(f"  false alarm in {case.name}: {finding.kind} {finding.evidence}")
    return accused, columns


def _part(case: Case) -> Case:
    """At most HOST_ROWS rows, in their order."""
    rows = np.random.default_rng(SEED).permutation(len(case.label))[:HOST_ROWS]
    return case.take(np.sort(rows))


def recall(hosts: list[Case]) -> tuple[int, int, int]:
    """Leaks found and planted, and innocent columns accused beside them.

    A leak is found if every column it is made of is accused.
    """
    bystanders = 0
    hits: dict[str, list[bool]] = defaultdict(list)
    for host in hosts:
        for plant in PLANTS:
            case = plant(host, np.random.default_rng(SEED))
            if case is None:
                continue
            try:
                arguments = as_arguments(case, SEED)
            except TableError:  # a rare class sorted by time is not on both sides of any split
                continue
            findings = find_leaks(*arguments, seed=SEED)
            accused = _accused(findings)
            bystanders += len({name for name in accused if not _is_planted(name)})
            hits[plant.__name__].append(_is_found(plant, case, findings))
            if not hits[plant.__name__][-1]:
                print(f"  missed {plant.__name__} in {host.name}: {accused}", flush=True)
    for kind, named in hits.items():
        print(f"  {kind.replace('_', ' '):28s} {sum(named):3d} of {len(named)}")
    return sum(map(sum, hits.values())), sum(map(len, hits.values())), bystanders


def _is_found(plant: Plant, case: Case, findings: tuple[Finding, ...]) -> bool:
    if plant.__name__ in WITHOUT_COLUMN:
        return any(finding.kind == WITHOUT_COLUMN[plant.__name__] for finding in findings)
    planted = {name for name in case.frame.columns if name.startswith("leak")}
    return planted <= _accused(findings)


def _accused(findings: tuple[Finding, ...]) -> set[str]:
    return {n for finding in findings if finding.severity != Severity.NOTE for n in finding.columns}


def _is_planted(name: str) -> bool:
    return name.startswith(("leak", "the_time", "jitter"))


def known_leaks(folder: Path) -> list[Figure]:
    """The two that are known to be in public tables, found or not."""
    figures = []
    for case, names in (
        (bank_case(folder), ("duration",)),
        (bike(folder), ("casual", "registered")),
    ):
        findings = find_leaks(*as_arguments(case, SEED), seed=SEED)
        named = [finding for finding in findings if finding.columns == names]
        note = "; ".join(f"{finding.severity}: {finding.evidence}" for finding in named)
        name = f"{', '.join(names)} named in {case.name}"
        figures.append(Figure(name, float(len(named)), 1.0, "higher", note=note))
    return figures


def cost(rows: int, width: int) -> float:
    """Seconds of one core for a table of numbers of which one half of the label follows."""
    import polars as pl

    generator = np.random.default_rng(SEED)
    data = generator.normal(size=(rows, width))
    score = data[:, :5].sum(axis=1) + generator.normal(0, 2, rows)
    examples = Examples(
        tuple(Column(f"x{j}", Kind.NUMBER) for j in range(width)),
        pl.DataFrame({f"x{j}": data[:, j] for j in range(width)}),
        (score > 1).astype(np.int64),
        ("no", "yes"),
    )
    order = generator.permutation(rows)
    split = Split(np.sort(order[rows // 5 :]), np.sort(order[: rows // 5]), (), "random", "")
    system = System(
        system="cost", data={"t": TableSpec(table="memory")}, label=LabelSpec(column="y")
    )
    begin = time.process_time()
    find_leaks(examples, split, system, seed=SEED)
    return time.process_time() - begin


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sys.exit(main())

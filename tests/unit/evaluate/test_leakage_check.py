"""Looking for leaks as a whole: order, repeatability, odd tables, real tables."""

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from leakage_example import ROWS, Table, clean_classes, clean_values, named

from keel.evaluate.leakage import certain, suspect
from keel.evaluate.leakage.check import checks
from keel.evaluate.leakage.finding import Severity

SOURCE = Path(__file__).parents[3] / "src/keel/evaluate/leakage"


def test_every_file_in_the_two_folders_is_a_check() -> None:
    for package in (certain, suspect):
        files = [path.stem for path in (SOURCE / package.__name__.split(".")[-1]).glob("*.py")]
        found = [check.__module__ for check in checks(package.__name__, list(package.__path__))]
        expected = sorted(name for name in files if name != "__init__")
        assert found == [f"{package.__name__}.{name}" for name in expected]


def test_the_gravest_come_first_and_each_column_set_once() -> None:
    table = clean_classes()
    wrong = np.random.default_rng(1).random(ROWS) < 0.01
    findings = table.plus(
        near=np.where(wrong, 1 - table.label, table.label) == 1, same=table.label == 1
    ).leaks()
    assert [f.severity for f in findings] == sorted(
        (f.severity for f in findings), key=list(Severity).index
    )
    assert len({f.columns for f in findings}) == len(findings)
    assert findings[0].columns == ("same",)


def test_the_same_arguments_give_the_same_findings() -> None:
    table = clean_classes()
    noise = np.random.default_rng(2).normal(0, 0.4, ROWS)
    table = table.plus(duration=table.label + noise)
    assert table.leaks(seed=5) == table.leaks(seed=5)


def test_labels_of_the_test_part_are_not_looked_at_in_a_random_split() -> None:
    table = clean_classes()
    table = table.plus(duration=table.label + np.random.default_rng(2).normal(0, 0.4, ROWS))
    other = table.label.copy()
    other[::5] = 1 - other[::5]
    assert table.leaks() == replace(table, label=other).leaks()


def test_every_finding_says_evidence_reason_and_advice() -> None:
    table = clean_values()
    for finding in table.plus(a=table.label * 2, b=np.cumsum(table.label)).leaks():
        assert finding.evidence
        assert finding.why
        assert finding.advice


@pytest.mark.parametrize("classes", [3, 12])
def test_a_copy_of_several_classes_is_found(classes: int) -> None:
    label = np.random.default_rng(3).integers(0, classes, ROWS)
    table = replace(
        clean_classes(), label=label, classes=tuple(f"class {c}" for c in range(classes))
    )
    assert named(table.plus(code=[f"k{c}" for c in label]).leaks(), "copy") == [("code",)]
    assert table.leaks() == ()


def test_odd_columns_break_nothing() -> None:
    table = clean_classes()
    odd = {
        "empty": pl.Series([None] * ROWS, dtype=pl.Float64),
        "one": pl.Series([1.0] * ROWS),
        "mostly empty": pl.Series([1.0, 2.0] + [None] * (ROWS - 2)),
        "huge": pl.Series(np.random.default_rng(4).normal(size=ROWS) * 1e300),
        "flag": pl.Series([True, None, False] * (ROWS // 3)),
        "names": pl.Series([f"n{i}" for i in range(ROWS)]),
        "when": pl.Series([None] * ROWS, dtype=pl.Datetime("us")),
    }
    assert table.plus(**odd).leaks() == ()


def test_few_rows_prove_nothing() -> None:
    table = Table({"x": pl.Series(np.arange(20.0))}, np.arange(20) % 2, ("no", "yes"))
    assert table.leaks() == ()


def test_more_columns_than_rows_accuse_nobody() -> None:
    generator = np.random.default_rng(5)
    columns = {f"x{j}": pl.Series(generator.normal(size=100)) for j in range(300)}
    assert Table(columns, generator.integers(0, 2, 100), ("no", "yes")).leaks() == ()
    assert Table(columns, generator.normal(size=100)).leaks() == ()


@pytest.fixture
def folder() -> Path:
    if "KEEL_TEST_DATA" not in os.environ:
        pytest.skip("KEEL_TEST_DATA does not name a folder with the public data sets")
    return Path(os.environ["KEEL_TEST_DATA"])


def _read(table: pl.DataFrame, label: str) -> Table:
    table = table.filter(pl.col(label).is_not_null())
    values = table[label]
    columns = {series.name: series for series in table.drop(label)}
    if values.dtype != pl.String:
        return Table(columns, values.cast(pl.Float64).to_numpy())
    classes = values.unique().sort()
    return Table(columns, values.rank("dense").cast(pl.Int64).to_numpy() - 1, tuple(classes))


def test_casual_and_registered_are_found_as_a_pair_in_bike_sharing(folder: Path) -> None:
    table = _read(pl.read_csv(folder / "bike_sharing_hour.csv").drop("instant"), "cnt")
    found = [(f.kind, f.columns, f.severity) for f in table.leaks()]
    assert found == [("sum", ("casual", "registered"), Severity.CERTAIN)]


def test_duration_is_suspected_in_bank_marketing(folder: Path) -> None:
    with zipfile.ZipFile(folder / "bank-additional.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("-full.csv") and "MAC" not in n)
        table = pl.read_csv(archive.read(name), separator=";", infer_schema_length=None)
    found = [(f.kind, f.columns, f.severity) for f in _read(table, "y").leaks()]
    assert found == [
        ("unrivalled", ("duration",), Severity.SUSPECT),
        ("row order", (), Severity.NOTE),
    ]


@pytest.mark.parametrize(
    ("file", "label"),
    [
        ("telco_churn.csv", "Churn"),
        ("california_housing.csv", "median_house_value"),
        ("elec2.csv", "class"),
    ],
)
def test_no_column_of_a_clean_public_table_is_accused(folder: Path, file: str, label: str) -> None:
    table = pl.read_csv(folder / file, infer_schema_length=None, null_values=[" ", ""])
    assert _read(table.drop("customerID", strict=False), label).leaks() == ()


def test_no_column_of_adult_is_accused(folder: Path) -> None:
    text = (folder / "adult/adult.data").read_text().replace(", ", ",")
    table = pl.read_csv(text.encode(), has_header=False, null_values="?")
    assert _read(table, table.columns[-1]).leaks() == ()

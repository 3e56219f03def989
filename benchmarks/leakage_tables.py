"""Clean tables for the leakage benchmark: public, bundled with scikit-learn, and generated."""

import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import sklearn.datasets

from keel.data.divide import divide
from keel.data.examples import Examples
from keel.data.split import Split
from keel.data.table import PHYSICAL, Column
from keel.spec.kinds import Kind
from keel.spec.system import LabelSpec, SplitSpec, System, TableSpec

ADULT = [
    *("age", "workclass", "fnlwgt", "education", "education_num", "marital_status"),
    *("occupation", "relationship", "race", "sex", "capital_gain", "capital_loss"),
    *("hours_per_week", "native_country", "income"),
]


@dataclass(frozen=True, eq=False)
class Case:
    """A table with a label: `frame` holds features only; `label` class names or values.

    `group`: name of a column that is declared as the group, `time` as the time. `shuffled`:
    whether the order of rows means nothing. `given`: first row of a given test part.
    """

    name: str
    frame: pl.DataFrame
    label: pl.Series
    group: str | None = None
    time: str | None = None
    by: str = "auto"
    given: int | None = None

    @property
    def is_class(self) -> bool:
        return self.label.dtype == pl.String

    def number(self) -> np.ndarray:
        """The label as numbers, classes as codes."""
        return codes(self.label)[0].astype(np.float64) if self.is_class else self.label.to_numpy()

    def with_column(self, **columns: object) -> "Case":
        """The case with more columns, placed last."""
        return replace(self, frame=self.frame.with_columns(**columns))

    def take(self, rows: np.ndarray) -> "Case":
        """These rows, in this order."""
        return replace(self, frame=self.frame[rows], label=self.label.gather(rows))


def codes(label: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """[n] class codes, the rarer of two being 1, and the classes."""
    names, counts = np.unique(label.to_numpy(), return_counts=True)
    if len(names) == 2 and counts[0] < counts[1]:
        names = names[::-1]
    place = {name: code for code, name in enumerate(names)}
    return np.array([place[each] for each in label]), tuple(str(name) for name in names)


def as_arguments(case: Case, seed: int) -> tuple[Examples, Split, System]:
    """What `find_leaks` takes."""
    roles = {name for name in (case.group, case.time) if name is not None}
    columns = tuple(
        Column(name, _kind(dtype)) for name, dtype in case.frame.schema.items() if name not in roles
    )
    frame = case.frame.select(pl.col(c.name).cast(PHYSICAL[c.kind]) for c in columns)
    system = System(
        system="benchmark",
        data={"table": TableSpec(table="memory", time=case.time)},
        label=LabelSpec(column="the_label"),
        split=SplitSpec(by=case.by, group=case.group),
        train={"seed": seed, "threads": 2},
    )
    label, classes = codes(case.label) if case.is_class else (case.number(), ())
    time = None if case.time is None else case.frame[case.time].to_numpy().astype("datetime64[us]")
    group = (
        None
        if case.group is None
        else np.unique(case.frame[case.group].to_numpy(), return_inverse=True)[1]
    )
    examples = Examples(columns, frame, label, classes, time, group)
    strata = label if classes else np.zeros(len(label), dtype=np.int64)
    return examples, divide(examples, system, strata, test_from=case.given), system


def clean_tables() -> Iterator[Case]:
    """Every clean table at hand; those of KEEL_TEST_DATA only if it is set."""
    folder = os.environ.get("KEEL_TEST_DATA")
    if folder is not None:
        yield from _public(Path(folder))
    yield from _bundled()
    yield from _generated()


def _public(folder: Path) -> Iterator[Case]:
    adult = pl.read_csv(
        _text((folder / "adult/adult.data").read_text().replace(", ", ",")),
        has_header=False,
        new_columns=ADULT,
        null_values="?",
    )
    yield _case("Adult", adult, "income")
    telco = pl.read_csv(folder / "telco_churn.csv", null_values=[" ", ""])
    yield _case("Telco churn", telco.drop("customerID"), "Churn")
    yield _case("German credit", _numbered(folder / "german_credit.csv"), "a20")
    yield _case("California housing", pl.read_csv(folder / "california_housing.csv"), HOUSE)
    yield _case("Bank marketing without duration", bank(folder).drop("duration"), "y")
    bike = pl.read_csv(folder / "bike_sharing_hour.csv").drop("casual", "registered", "instant")
    yield _case("Bike sharing without parts", bike, "cnt")
    yield _case("Electricity", pl.read_csv(folder / "elec2.csv", infer_schema_length=None), "class")
    payments = pl.read_parquet(folder / "fraud_handbook_transactions.parquet").gather_every(9)
    payments = payments.drop("TX_FRAUD_SCENARIO", "TRANSACTION_ID", strict=False)
    yield _case("Card payments", payments.drop("TX_DATETIME"), "TX_FRAUD")
    timed = _case("Card payments by time", payments, "TX_FRAUD")
    yield replace(timed, time="TX_DATETIME")
    visits = zipfile.ZipFile(folder / "udacity_ab_data.csv.zip").read("ab_data.csv")
    visits = pl.read_csv(visits, try_parse_dates=True).drop("user_id")
    yield _case("Landing page test", visits, "converted")
    messages = pl.read_csv(
        folder / "SMSSpamCollection.tsv",
        separator="\t",
        has_header=False,
        new_columns=["label", "text"],
        quote_char=None,
    )
    yield _case("SMS spam", messages, "label")


HOUSE = "median_house_value"


def bank(folder: Path) -> pl.DataFrame:
    """Bank marketing, `duration` included."""
    with zipfile.ZipFile(folder / "bank-additional.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("-full.csv") and "MAC" not in n)
        return pl.read_csv(archive.read(name), separator=";", infer_schema_length=None)


def bike(folder: Path) -> Case:
    """Bike sharing with the two parts of the count."""
    return _case("Bike sharing", pl.read_csv(folder / "bike_sharing_hour.csv"), "cnt")


def bank_case(folder: Path) -> Case:
    """Bank marketing with `duration`."""
    return _case("Bank marketing", bank(folder), "y")


def _bundled() -> Iterator[Case]:
    for name in ("breast_cancer", "wine", "iris", "digits", "diabetes"):
        bunch = getattr(sklearn.datasets, f"load_{name}")()
        yield _arrays(name, bunch.data, bunch.target, len(np.unique(bunch.target)) <= 10)


def _generated() -> Iterator[Case]:
    make = sklearn.datasets
    for seed in range(3):
        for classes, apart in ((2, 1.0), (2, 2.0), (4, 1.0)):
            arrays = make.make_classification(
                2000, 20, n_informative=8, n_classes=classes, class_sep=apart, random_state=seed
            )
            yield _arrays(f"make_classification {classes} {apart}", *arrays, True)
        rare = make.make_classification(
            5000, 10, n_informative=4, weights=[0.97], flip_y=0.01, random_state=seed
        )
        yield _arrays("make_classification rare", *rare, True)
        for noise in (0.0, 10.0):
            arrays = make.make_regression(2000, 20, n_informative=8, noise=noise, random_state=seed)
            yield _arrays(f"make_regression {noise}", *arrays, False)
        for number in (1, 2, 3):
            friedman = getattr(make, f"make_friedman{number}")
            yield _arrays(f"make_friedman{number}", *friedman(2000, random_state=seed), False)
        yield _arrays("make_sparse", *make.make_sparse_uncorrelated(2000, random_state=seed), False)
        yield _arrays("make_moons", *make.make_moons(2000, noise=0.2, random_state=seed), True)
        yield _arrays(
            "make_circles", *make.make_circles(2000, noise=0.1, factor=0.5, random_state=seed), True
        )
        yield _arrays("make_hastie", *make.make_hastie_10_2(4000, random_state=seed), True)
        yield _arrays(
            "make_gaussian_quantiles",
            *make.make_gaussian_quantiles(n_samples=2000, n_features=6, random_state=seed),
            True,
        )
        for columns, centres in ((2, 3), (2, 2), (10, 3), (10, 2)):
            blobs = make.make_blobs(2000, columns, centers=centres, random_state=seed)
            yield _arrays(f"make_blobs {columns} {centres}", *blobs, True)
        yield _arrays("make_s_curve", *make.make_s_curve(2000, noise=0.1, random_state=seed), False)
        yield _arrays(
            "make_swiss_roll", *make.make_swiss_roll(2000, noise=0.5, random_state=seed), False
        )


def _arrays(name: str, data: np.ndarray, target: np.ndarray, is_class: bool) -> Case:
    frame = pl.DataFrame({f"x{j}": data[:, j].astype(np.float64) for j in range(data.shape[1])})
    frame = frame.select(s for s in frame if s.n_unique() > 1)
    label = pl.Series(target)
    if is_class:
        return Case(name, frame, label.cast(pl.Int64).cast(pl.String))
    return Case(name, frame, label.cast(pl.Float64))


def _case(name: str, table: pl.DataFrame, label: str) -> Case:
    table = table.filter(pl.col(label).is_not_null())
    values = table[label]
    is_class = values.dtype == pl.String or values.n_unique() <= 10
    values = values.cast(pl.String if is_class else pl.Float64)
    return Case(name, table.drop(label), values)


def _numbered(path: Path) -> pl.DataFrame:
    table = pl.read_csv(path, has_header=False)
    return table.rename({name: f"a{place}" for place, name in enumerate(table.columns)})


def _kind(dtype: pl.DataType) -> Kind:
    if dtype == pl.Categorical:
        return Kind.TEXT
    if dtype == pl.String:
        return Kind.CATEGORY
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    return Kind.TIME if dtype.is_temporal() else Kind.NUMBER


def _text(content: str) -> io.BytesIO:
    return io.BytesIO(content.encode())

"""Real tables, as they come."""

from pathlib import Path
from typing import Any

import numpy as np

from keel.data.check import Checked, check
from keel.data.divide import divide
from keel.data.examples import Examples
from keel.data.infer import infer_system
from keel.settings import Settings
from keel.spec.kinds import Kind, TaskName
from keel.spec.system import System, TableSpec

ADULT = (
    "age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,"
    "capital_gain,capital_loss,hours_per_week,native_country,income"
)


def walk(
    folder: Path, settings: Settings, target: str, table: str, **given: Any
) -> tuple[System, Checked]:
    spec = TableSpec(table=table, **given)
    system = infer_system(Path(table).stem, spec, target, base=folder)
    return system, check(system, folder, settings)


def kinds(checked: Checked) -> dict[str, int]:
    counts: dict[str, int] = {}
    for column in checked.table.columns:
        counts[column.kind.value] = counts.get(column.kind.value, 0) + 1
    return counts


def test_adult_with_names_given_and_a_test_table_with_another_header(
    real_data: Path, settings: Settings
) -> None:
    names = tuple(ADULT.split(","))
    system, checked = walk(
        real_data, settings, "income", "adult/adult.data", test="adult/adult.test", columns=names
    )
    assert (checked.table.rows, checked.test_from) == (48_842, 32_561)
    assert kinds(checked) == {"number": 6, "category": 9}
    assert system.label.positive == ">50K"
    label = checked.table.read()["income"]
    assert label.value_counts().sort("count").rows() == [(">50K", 11_687), ("<=50K", 37_155)]
    assert checked.table.read()["workclass"].null_count() == 2799
    assert checked.screened == ()


def test_telco(real_data: Path, settings: Settings) -> None:
    system, checked = walk(real_data, settings, "Churn", "telco_churn.csv")
    assert system.table.key == "customerID"
    assert system.label.positive == "Yes"
    assert checked.table.rows == 7043
    charges = checked.table.column("TotalCharges")
    assert charges.kind is Kind.NUMBER
    assert checked.table.read()["TotalCharges"].null_count() == 11
    assert checked.table.column("SeniorCitizen").kind is Kind.BOOLEAN


def test_german_credit_without_a_header(real_data: Path, settings: Settings) -> None:
    system, checked = walk(real_data, settings, "c20", "german_credit.csv")
    assert checked.table.rows == 1000
    assert kinds(checked) == {"number": 7, "category": 14}
    assert system.label.positive == "2"


def test_sms_spam_and_its_copies(real_data: Path, settings: Settings) -> None:
    system, checked = walk(real_data, settings, "c0", "SMSSpamCollection.tsv")
    assert checked.table.rows == 5574
    assert checked.quarantine.rows == 0
    assert system.label.positive == "spam"
    frame = checked.table.read()
    label = (frame["c0"] == "spam").to_numpy().astype(np.int64)
    texts = frame["c1"].to_list()
    column = checked.table.column("c1")
    assert column.kind is Kind.TEXT
    split = divide(Examples((column,), frame.select("c1"), label), system, label)
    assert not {texts[i] for i in split.train} & {texts[i] for i in split.test}
    assert abs(label[split.test].mean() - label.mean()) < 0.01
    assert 0.19 < len(split.test) / len(texts) < 0.21


def test_bank_in_a_zip_of_several_tables(real_data: Path, settings: Settings) -> None:
    system, checked = walk(real_data, settings, "y", "bank-additional.zip")
    assert checked.table.rows == 41_188
    assert system.label.positive == "yes"
    assert checked.table.column("default").kind is Kind.CATEGORY
    assert kinds(checked) == {"number": 10, "category": 11}


def test_bikes_and_houses_are_numbers_to_regress_on(real_data: Path, settings: Settings) -> None:
    bikes, checked = walk(real_data, settings, "cnt", "bike_sharing_hour.csv")
    assert bikes.task is TaskName.REGRESS
    assert bikes.table.key == "instant"
    assert checked.table.rows == 17_379
    houses, checked = walk(real_data, settings, "median_house_value", "california_housing.csv")
    assert houses.task is TaskName.REGRESS
    assert checked.table.rows == 20_640
    assert checked.table.read()["total_bedrooms"].null_count() == 207


def test_electricity(real_data: Path, settings: Settings) -> None:
    system, checked = walk(real_data, settings, "class", "elec2.csv")
    assert checked.table.rows == 45_312
    assert system.label.positive == "1"
    assert kinds(checked) == {"number": 6, "category": 1}


def test_movies_that_are_not_utf_8(real_data: Path, settings: Settings) -> None:
    _, checked = walk(real_data, settings, "c5", "movielens-100k/u.item")
    assert checked.table.rows == 1682
    assert any("not UTF-8" in note for note in checked.notes)
    titles = set(checked.table.read()["c1"])
    assert "Misérables, Les (1995)" in titles

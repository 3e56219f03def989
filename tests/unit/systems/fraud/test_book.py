"""The declaration of the book's own payments, as the README writes it."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import keel.systems.fraud
from keel.data.check_system import check_system
from keel.features.build import Built, build
from keel.settings import Settings
from keel.spec.kinds import TaskName
from keel.spec.load import load_system
from keel.tasks.registry import find_labelled

README = Path(keel.systems.fraud.__file__).parent / "README.md"
DAYS, COUNT = 60, 3000
START = np.datetime64("2018-04-01", "us")
DAY = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def payments() -> pl.DataFrame:
    draw = np.random.default_rng(0)
    seconds = np.sort(draw.choice(DAYS * 86_400, COUNT, replace=False))
    return pl.DataFrame(
        {
            "TRANSACTION_ID": np.arange(COUNT),
            "TX_DATETIME": START + seconds * np.timedelta64(1, "s"),
            "CUSTOMER_ID": draw.integers(0, 15, COUNT),
            "TERMINAL_ID": draw.integers(0, 10, COUNT),
            "TX_AMOUNT": draw.gamma(2, 30, COUNT).round(2),
            "TX_FRAUD": (draw.random(COUNT) < 0.1).astype(np.int64),
        }
    )


def learned_from(payments: pl.DataFrame, home: Path) -> Built:
    [text] = re.findall(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    system = load_system(text)
    checked = check_system(system, home, Settings(home, "", "", ""), frame=payments)
    return build(checked, system, find_labelled(TaskName.CLASSIFY))


def test_the_fifteen_features_are_those_of_the_book(payments: pl.DataFrame, tmp_path: Path) -> None:
    built = learned_from(payments, tmp_path)
    assert len(built.examples.columns) == 15
    got = built.examples.frame
    time, amount = payments["TX_DATETIME"].to_numpy(), payments["TX_AMOUNT"].to_numpy()
    for row in (500, 1500, 2999):
        mine = (payments["CUSTOMER_ID"] == payments["CUSTOMER_ID"][row]).to_numpy()
        there = (payments["TERMINAL_ID"] == payments["TERMINAL_ID"][row]).to_numpy()
        for days in (1, 7, 30):
            window = mine & (time > time[row] - days * DAY) & (time <= time[row])
            assert got[f"customer_tx_{days}d"][row] == window.sum()
            assert got[f"customer_mean_{days}d"][row] == pytest.approx(amount[window].mean())
            known = time[row] - 7 * DAY
            window = there & (time > known - days * DAY) & (time < known)
            assert got[f"terminal_tx_{days}d"][row] == window.sum()
            frauds = payments.filter(pl.Series(window))["TX_FRAUD"]
            assert got[f"terminal_risk_{days}d"][row] == frauds.mean()


def test_no_feature_sees_a_label_before_it_is_known(payments: pl.DataFrame, tmp_path: Path) -> None:
    late = pl.col("TX_DATETIME") >= START + (DAYS - 7) * DAY
    flipped = payments.with_columns(
        pl.when(late).then(1 - pl.col("TX_FRAUD")).otherwise("TX_FRAUD").alias("TX_FRAUD")
    )
    before, after = (learned_from(table, tmp_path) for table in (payments, flipped))
    assert (before.examples.label != after.examples.label).any()
    assert before.examples.frame.equals(after.examples.frame)

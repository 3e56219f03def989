"""A system that is fitted again every week walks like any other."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import keel
from keel.errors import DeclarationError
from keel.promises.verdict import Outcome

DECLARATION = """
system: weekly
task: classify
data:
  payments: {table: payments.parquet, key: id, time: at}
label: {column: fraud, known_after: 7d}
features: {amount: amount, hour: hour(at)}
split: {train: 7d, test: 7d, folds: 2, group: card, leave_out_known: true}
train: {models: [logistic], imbalance: none, trials: 1, minutes: 1}
promises: [precision at 1 per day of card >= 0.5]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Fifteen payments a day for six weeks; the large ones are fraud more often than not."""
    draw = np.random.default_rng(0)
    count = 42 * 15
    seconds = np.sort(draw.choice(42 * 86_400, count, replace=False))
    amount = draw.gamma(2, 30, count)
    pl.DataFrame(
        {
            "id": np.arange(count),
            "at": np.datetime64("2026-01-01", "us") + seconds * np.timedelta64(1, "s"),
            "card": draw.integers(0, 2000, count),
            "amount": amount,
            "fraud": draw.random(count) < np.where(amount > 130, 0.8, 0.01),
        }
    ).write_parquet(tmp_path / "payments.parquet")
    (tmp_path / "keel.yaml").write_text(DECLARATION)
    return tmp_path


def test_the_last_week_is_asked_of_a_model_of_one_week(folder: Path) -> None:
    told: list[str] = []
    session = keel.run(folder, home=folder / ".keel", tell=told.append)
    assert any("the last 7d by time, from 2026-02-05 on, without each card" in t for t in told)
    trained = pl.read_ipc(session.folder / "trained_rows.arrow")
    table = pl.read_parquet(folder / "payments.parquet")
    begin = np.datetime64("2026-01-22", "us")
    week = pl.col("at").is_between(begin, begin + np.timedelta64(7, "D"), closed="left")
    assert len(trained) == table.filter(week).height
    [verdict] = session.report.promises
    assert verdict.outcome is not Outcome.PENDING
    assert verdict.value > 0.5


def test_a_search_looks_at_no_days(folder: Path) -> None:
    daily = "minutes: 1, metric: precision at 2 per day of card"
    (folder / "keel.yaml").write_text(DECLARATION.replace("minutes: 1", daily))
    with pytest.raises(DeclarationError, match="write `precision at 2`, and promise `precision at"):
        keel.run(folder, home=folder / ".keel")


def test_a_unit_that_is_no_column_is_refused_before_anything_is_trained(folder: Path) -> None:
    declared = folder / "keel.yaml"
    declared.write_text(DECLARATION.replace("of card >=", "of cart >="))
    with pytest.raises(DeclarationError, match=r"'cart' is not a column.*'card'"):
        keel.run(folder, home=folder / ".keel")

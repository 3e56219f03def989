"""Detectors walk from a table to a registered version, with labels and without."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import keel
from keel.errors import DeclarationError, InputError
from keel.promises.verdict import Outcome
from keel.reproduce import reproduce
from keel.session import Session
from keel.settings import read_settings
from keel.store import open_store
from keel.train.progress import silent

FAST = ("z_score", "ecod", "neighbour_distance")
BEGAN = datetime(2026, 3, 1)


def visits(rows: int = 400, odd: int = 24, seed: int = 0) -> pl.DataFrame:
    """Visits to a site over ten days; the odd ones read fast and much, with a rare browser."""
    random = np.random.default_rng(seed)
    is_odd = np.zeros(rows, dtype=bool)
    is_odd[random.choice(rows, odd, replace=False)] = True
    pages = random.poisson(6, rows) + 40.0 * is_odd
    return pl.DataFrame(
        {
            "at": [BEGAN + timedelta(minutes=14_400 * i / rows) for i in range(rows)],
            "pages": pages,
            "seconds": pages * random.uniform(8, 12, rows) / np.where(is_odd, 20, 1),
            "browser": np.where(is_odd, "kite", random.choice(["fox", "sail"], rows)),
            "robot": np.where(is_odd, "attack", "normal"),
        }
    )


def run(tmp_path: Path, frame: pl.DataFrame, **more: object) -> Session:
    return keel.run(
        frame, task="detect", home=tmp_path, models=FAST, trials=6, name="visits", **more
    )


def test_rows_without_any_label_become_a_detector(tmp_path):
    table = visits()
    found = run(tmp_path, table.drop("robot"), promises=["precision >= 0.5", "latency_p99 <= 5 s"])
    report = found.report
    assert report.status == "champion"
    assert set(report.metrics) == {"alerts", "alerts per day", "agreement", "stability"}
    assert report.metrics["agreement"].value > 0.3
    verdicts = {verdict.promise: verdict for verdict in report.promises}
    assert verdicts["precision >= 0.5"].outcome is Outcome.PENDING
    assert verdicts["precision >= 0.5"].reason == "no case has a label"
    answers = found.predict(table)
    flagged = table["robot"].to_numpy() == "attack"
    scores = answers["score anomaly"].to_numpy()
    assert np.mean(scores[flagged]) > np.mean(scores[~flagged])
    assert set(answers["prediction"].unique()) <= {"normal", "anomaly"}


def test_a_label_chooses_decides_and_judges_but_is_no_feature(tmp_path):
    table = visits()
    promises = ["precision >= 0.5", "false_alarms per day <= 10", "time_to_detect <= 1 h"]
    found = run(tmp_path, table, target="robot", promises=promises)
    report = found.report
    assert report.metrics["average_precision"].value > 0.8
    assert report.metrics["time_to_detect"].value == 0
    assert {verdict.outcome for verdict in report.promises} <= {Outcome.KEPT, Outcome.UNDECIDED}
    assert "robot" not in [column.name for column in found.predictor.signature.inputs]
    without = table.drop("robot")
    assert found.predict(without).equals(found.predict(table))
    card = (found.folder / "card.md").read_text()
    assert "false alarms" in card


def test_labels_of_some_rows_are_enough_to_judge_and_the_others_stay(tmp_path):
    table = visits().with_columns(robot=pl.when(pl.int_range(pl.len()) % 3 == 0).then("robot"))
    found = run(tmp_path, table, target="robot")
    assert sum(found.report.rows[part] for part in ("train", "test")) == 400
    assert found.report.metrics["roc_auc"].n < 80
    assert found.report.metrics["alerts"].n == 80


def test_a_column_that_holds_the_label_is_a_leak(tmp_path):
    table = visits().with_columns(code=(pl.col("robot") == "attack").cast(pl.Int64) * 7)
    found = run(tmp_path, table, target="robot", time=None)
    assert found.report.status == "held"
    assert [finding.columns for finding in found.report.leakage] == [("code",)]


def test_a_version_is_reproduced_with_what_it_was_compared_with(tmp_path):
    run(tmp_path, visits().drop("robot"))
    store = open_store(read_settings({"KEEL_HOME": str(tmp_path)}))
    again = reproduce("visits", store, silent)
    assert again.same
    assert again.refitted_sha256 == again.recorded_sha256


def test_a_declared_budget_and_actions_reach_the_answers(tmp_path):
    (tmp_path / "visits.parquet").touch()
    visits().write_parquet(tmp_path / "visits.parquet")
    (tmp_path / "keel.yaml").write_text(
        "system: visits\ntask: detect\ndata:\n  visits: {table: visits.parquet, time: at}\n"
        "features: {pages: pages, pace: seconds / pages, browser: browser}\n"
        "train: {models: [z_score, ecod], trials: 4}\n"
        "decide:\n  let pass: otherwise\n  look at: alerts <= 4 per day\n"
        "  refuse: false_alarms <= 1%\n"
        "promises: [alerts per day <= 8]\n"
    )
    found = keel.run(tmp_path, home=tmp_path / "home")
    answers = found.predict(visits(seed=1))
    assert set(answers["action"].unique()) <= {"let pass", "look at", "refuse"}
    assert 0 < (answers["prediction"] == "anomaly").sum() <= 120
    kept = json.loads((found.folder / "signature.json").read_bytes())
    assert [cut["action"] for cut in kept["cuts"]] == ["look at", "refuse"]


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"imbalance": "smote"}, "learns none: remove it"),
        ({"metric": "f1"}, "before there is a threshold"),
        ({"models": ["lightgbm"]}, "no algorithm 'lightgbm' for detect"),
    ],
)
def test_what_only_a_learned_label_could_use_is_refused(tmp_path, declared, said):
    declare(tmp_path, f"train: {json.dumps(declared)}")
    with pytest.raises(DeclarationError, match=said):
        keel.run(tmp_path, home=tmp_path / "home")


def test_a_test_table_with_anomalies_judges_what_learned_from_none(tmp_path):
    table = visits()
    usual = table.filter(pl.col("robot") == "normal")
    found = run(tmp_path, usual, target="robot", test=table)
    assert found.report.metrics["average_precision"].value > 0.8
    assert found.report.parameters["recipe"]["algorithm"] in FAST


def declare(folder: Path, more: str) -> None:
    visits(60, 6).write_parquet(folder / "visits.parquet")
    (folder / "keel.yaml").write_text(
        "system: visits\ntask: detect\ndata:\n  visits: {table: visits.parquet}\n" + more + "\n"
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("alerts <= 3 per day", "needs a time column"),
        ("f1", "needs anomalies that a label names"),
    ],
)
def test_a_rule_that_cannot_be_met_is_refused_before_the_search(tmp_path, rule, said):
    declare(tmp_path, f"decide: {rule}")
    with pytest.raises(DeclarationError, match=said):
        keel.run(tmp_path, home=tmp_path / "home")
    assert not (tmp_path / "home" / "search").exists()


def test_other_tasks_still_ask_for_the_column_to_learn(tmp_path):
    with pytest.raises(InputError, match='task="detect"'):
        keel.run(visits(60, 6), home=tmp_path)

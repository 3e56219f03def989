"""A person with a table and no label: find odd rows, serve, judge, reproduce, by real processes."""

import csv
import json
import random
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from keel_process import KEEL, environment, keel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw = random.Random(3)
    with (tmp_path / "visits.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["pages", "seconds", "browser", "robot"])
        for i in range(500):
            robot = i % 25 == 7
            pages = draw.randint(11, 60) if robot else draw.randint(1, 12)
            seconds = pages * (draw.uniform(0.5, 9) if robot else draw.uniform(8, 20))
            browser = draw.choices(["fox", "sail", "kite"], (1, 1, 9) if robot else (30, 30, 1))[0]
            writer.writerow([pages, f"{seconds:.1f}", browser, "yes" if robot else "no"])
    return tmp_path


DETECT = ("run", "visits.csv", "--task", "detect", "--trials", "4", "--quiet", "--json")


def test_odd_rows_are_found_without_a_label_served_and_reproduced(folder: Path):
    report = json.loads(keel(folder, *DETECT, "--ignore", "robot").stdout)
    assert (report["status"], report["task"]) == ("champion", "detect")
    assert {p["verdict"] for p in report["promises"]} <= {"kept", "undecided"}
    keel(folder, "predict", "visits", "visits.csv", "answers.csv", "--quiet")
    with (folder / "answers.csv").open() as file:
        answers = list(csv.DictReader(file))
    odd = [answer["prediction"] == "anomaly" for answer in answers]
    robots = [i % 25 == 7 for i in range(500)]
    assert sum(a and b for a, b in zip(odd, robots, strict=True)) >= 18
    assert sum(odd) <= 40
    same = json.loads(keel(folder, "reproduce", "visits@1", "--quiet", "--json").stdout)
    assert same["same"] is True
    assert "`visits@1`" in Path(report["card"]).with_suffix(".md").read_text()
    served = answer_over_http(folder, {"pages": 50, "seconds": 25.0, "browser": "kite"})
    assert served["predictions"][0]["prediction"] == "anomaly"
    assert list(served["predictions"][0]["scores"]) == ["anomaly"]


def answer_over_http(folder: Path, row: dict[str, object]) -> dict:
    words = [*KEEL, "serve", "--port", "0"]
    with subprocess.Popen(
        words, cwd=folder, env=environment(folder), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := server.stderr.readline())
            assert found, line + server.stderr.read()
            address = f"{found[0]}/v1/visits/predict"
            with urllib.request.urlopen(address, json.dumps(row).encode(), timeout=60) as answer:
                return json.load(answer)
        finally:
            server.kill()


def test_a_label_judges_and_its_anomalies_choose_the_threshold(folder: Path):
    report = json.loads(keel(folder, *DETECT, "--target", "robot").stdout)
    assert report["metrics"]["f1"]["value"] > 0.7
    assert report["metrics"]["roc_auc"]["value"] > 0.9
    assert "robot" not in (folder / "keel.yaml").read_text().split("label:")[0]
    assert "chosen by `f1`" in Path(report["card"]).with_suffix(".md").read_text()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("decide: alerts <= 3 per day\n", "needs a time column"),
        ("decide: f1\n", "needs anomalies that a label names"),
        ("label: {column: pages}\n", "none of them is clearly the anomaly"),
        ("train: {imbalance: smote}\n", "a detector learns none"),
        ("features: {same: pages * 0}\n", "no feature differs from row to row"),
        ("promises: [accuracy >= 0.9]\n", "not a metric of detect"),
    ],
)
def test_a_declaration_that_cannot_work_exits_2_and_says_what_to_do(
    folder: Path, more: str, said: str
):
    (folder / "keel.yaml").write_text(
        f"system: visits\ntask: detect\ndata:\n  visits: {{table: visits.csv}}\n{more}"
    )
    done = keel(folder, "run", ".", "--quiet", code=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr

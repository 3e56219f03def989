"""A person with a table: run, look, predict, roll back, reproduce, through the real command."""

import csv
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keel_process import KEEL, environment, keel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_table(tmp_path / "loans.csv", rows=400, seed=1)
    return tmp_path


def write_table(path: Path, *, rows: int, seed: int, signal_strength: float = 2.0) -> None:
    draw = random.Random(seed)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["loan_id", "income", "purpose", "age", "late"])
        for i in range(rows):
            income = draw.gauss(50, 15)
            purpose = draw.choice(["car", "house", "tv"])
            risk = signal_strength * ((purpose == "tv") - (income - 50) / 15)
            late = "yes" if risk + draw.gauss(0, 1) > 1.5 else "no"
            writer.writerow([f"L{i:05d}", f"{income:.2f}", purpose, draw.randint(18, 80), late])


RUN = ("run", "loans.csv", "--target", "late", "--trials", "2", "--quiet")


def test_a_table_becomes_a_champion_that_answers_rolls_back_and_reproduces(folder: Path):
    report = json.loads(keel(folder, *RUN, "--json").stdout)
    assert (report["system"], report["version"], report["status"]) == ("loans", 1, "champion")
    assert report["metrics"]["roc_auc"]["value"] > 0.8
    low, high = report["metrics"]["roc_auc"]["low"], report["metrics"]["roc_auc"]["high"]
    assert low < report["metrics"]["roc_auc"]["value"] < high
    assert {p["verdict"] for p in report["promises"]} == {"kept"}
    assert report["artifact"]["parity_max_abs_diff"] < 1e-4
    assert "loans@1" in Path(report["card"]).read_text()
    declared = (folder / "keel.yaml").read_text()
    assert "key: loan_id" in declared

    again = json.loads(keel(folder, "run", ".", "--trials", "2", "--quiet", "--json").stdout)
    assert again["version"] == 2
    assert again["artifact"]["sha256"] == report["artifact"]["sha256"]

    listed = json.loads(keel(folder, "list", "--json").stdout)
    assert listed["systems"][0]["champion"] == 2
    assert json.loads(keel(folder, "rollback", "loans", "--json").stdout)["champion"] == 1
    assert "champion" in keel(folder, "show", "loans@1").stdout

    keel(folder, "predict", "loans", "loans.csv", "answers.csv", "--quiet")
    with (folder / "answers.csv").open() as file:
        answers = list(csv.DictReader(file))
    assert len(answers) == 400
    assert answers[0]["loan_id"] == "L00000"
    assert {a["prediction"] for a in answers} == {"yes", "no"}
    total = float(answers[0]["score yes"]) + float(answers[0]["score no"])
    assert total == pytest.approx(1, abs=1e-6)

    same = json.loads(keel(folder, "reproduce", "loans@1", "--quiet", "--json").stdout)
    assert same["same"] is True


def test_a_broken_promise_holds_the_version_and_exits_1(folder: Path):
    keel(folder, *RUN)
    text = (folder / "keel.yaml").read_text().replace("roc_auc >= 0.5", "roc_auc >= 0.9999")
    (folder / "keel.yaml").write_text(text)
    report = json.loads(keel(folder, "run", ".", "--quiet", "--json", code=1).stdout)
    assert report["status"] == "held"
    assert "broken" in {p["verdict"] for p in report["promises"]}
    assert json.loads(keel(folder, "list", "--json").stdout)["systems"][0]["champion"] == 1


def test_an_interrupted_search_goes_on_from_what_was_finished(folder: Path):
    write_table(folder / "loans.csv", rows=3000, seed=2)
    words = ["run", "loans.csv", "--target", "late", "--trials", "12"]
    with subprocess.Popen(
        [*KEEL, *words],
        cwd=folder,
        env=environment(folder),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as begun:
        assert begun.stderr is not None
        for line in begun.stderr:
            if " 3 " in line and "default" in line:
                break
        begun.send_signal(signal.SIGINT)
        begun.stderr.read()
    assert begun.returncode == 130
    finished = list((folder / "home" / "search").glob("*/*.npz"))
    assert len(finished) >= 4
    began = time.time_ns()
    report = json.loads(keel(folder, *words, "--quiet", "--json").stdout)
    assert report["model"]["trials"] == 13
    assert report["version"] == 1
    assert all(path.stat().st_mtime_ns < began for path in finished if path.exists())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("run", "nowhere.csv", "--target", "late"), "nowhere.csv"),
        (("run", "loans.csv"), "--target"),
        (("run", "loans.csv", "--target", "lat"), "did you mean 'late'?"),
        (("run", "loans.csv", "--target", "loan_id"), "loan_id"),
        (("run", "loans.csv", "--target", "late", "--task", "clasify"), "classify"),
        (("run", "loans.csv", "--target", "late", "--trials", "0"), "trials"),
        (("run", "empty.csv", "--target", "late"), "empty"),
        (("run", "one_class.csv", "--target", "late"), "one class"),
        (("run", "twice.csv", "--target", "late"), "twice"),
        (("show", "loans"), "loans"),
        (("predict", "loans", "loans.csv", "out.csv"), "loans"),
        (("rollback", "loans"), "loans"),
    ],
)
def test_a_wrong_input_exits_2_and_says_what_to_do(
    folder: Path, words: tuple[str, ...], complaint: str
):
    (folder / "empty.csv").write_text("loan_id,late\n")
    (folder / "one_class.csv").write_text("a,late\n" + "".join(f"{i},no\n" for i in range(50)))
    (folder / "twice.csv").write_text("a,a,late\n1,2,no\n3,4,yes\n")
    done = keel(folder, *words, code=2)
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert (
        not list((folder / "home" / "versions").glob("*")) if (folder / "home").exists() else True
    )


def test_a_declaration_of_a_persons_own_is_never_overwritten(folder: Path):
    (folder / "keel.yaml").write_text("system: mine\n")
    done = keel(folder, *RUN, code=2)
    assert "--out DIR" in done.stderr
    assert (folder / "keel.yaml").read_text() == "system: mine\n"


def test_a_reader_who_leaves_is_no_verdict(folder: Path):
    keel(folder, *RUN)
    shown = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m keel list --json | true; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown.returncode == 141, shown.stderr


def test_whatever_is_left_out_is_told_with_the_reason_and_the_place(folder: Path):
    table = (folder / "loans.csv").read_text().splitlines()
    rows = [f"{row},k" for row in table]
    rows[0] = f"{table[0]},branch"
    rows[7] = "L9,1"
    rows[9] = ",".join([*rows[9].split(",")[:4], "", "k"])
    (folder / "loans.csv").write_text("\n".join(rows))
    told = keel(folder, "run", "loans.csv", "--target", "late", "--trials", "1")
    assert "400 rows read: 399 kept, 1 in quarantine" in told.stderr
    assert "in quarantine: 1 row: line malformed: 2 fields instead of 6" in told.stderr
    place = told.stderr.split("in quarantine: see ")[1].splitlines()[0]
    assert "L9,1" in Path(place).read_text()
    assert "left out  branch is k in every row" in told.stderr
    assert "left out  rows without a label: 1" in told.stderr
    assert "roc_auc >= 0.5  " in told.stdout


BY_DAY = """
system: loans
task: classify
data: {loans: {table: by_day.csv, key: loan_id, time: at}}
label: {column: late}
features: {income: income, purpose: purpose}
train: {models: [lightgbm], trials: 1}
decide: {wait: otherwise, remind: precision >= 0.5, call: precision >= 0.6}
promises:
  - roc_auc >= 0.5
  - beats champion on roc_auc by -0.01
"""


def test_a_second_version_of_a_table_with_times_is_compared_with_the_first(folder: Path):
    head, *rows = (folder / "loans.csv").read_text().splitlines()
    dated = [f"{row},2026-{1 + i // 100:02d}-{1 + i % 100 // 4:02d}" for i, row in enumerate(rows)]
    (folder / "by_day.csv").write_text("\n".join([f"{head},at", *dated]))
    (folder / "keel.yaml").write_text(BY_DAY)
    first = json.loads(keel(folder, "run", ".", "--json", "--quiet").stdout)
    assert first["promises"][1]["verdict"] == "pending"
    second = json.loads(keel(folder, "run", ".", "--json", "--quiet").stdout)
    gain = second["promises"][1]
    assert (gain["verdict"], gain["value"], gain["low"]) == ("kept", 0.0, 0.0)
    assert json.loads(keel(folder, "reproduce", "loans@2", "--json").stdout)["same"] is True

"""How good Keel's answers are on public tables, beside a tuned LightGBM and a linear model.

Every figure is of rows that neither the search nor a fit has seen: the donors' test part of Adult;
all rows, each answered by a model whose whole search ran without its fold, of Telco, German credit
and bank marketing; random fifths of California housing. All three competitors get the same rows.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold

import keel
import quality_data as data
from figures import Figure, report, with_sleeping_threads
from quality_answers import Answers, kept
from quality_peers import linear, tuned_lightgbm

SEED = 7
Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Effort:
    """How much each competitor may try in each fold. peer_trials: 0 leaves the peers out."""

    minutes: float
    trials: int
    peer_trials: int
    repeats: int
    folds: int | None = None
    keep: Path | None = None


FULL = Effort(minutes=10, trials=30, peer_trials=30, repeats=2)
QUICK = Effort(minutes=0.5, trials=12, peer_trials=8, repeats=1, folds=2)


@dataclass(frozen=True, eq=False)
class Exam:
    """A table, the folds to answer, and the bar. positive: the class whose score is ranked."""

    name: str
    frame: pl.DataFrame
    target: str
    bar: float
    folds: Callable[[Effort], Iterator[Fold]]
    positive: str | None = None

    @property
    def label(self) -> np.ndarray:
        """[n] 0 and 1, or values."""
        column = self.frame[self.target]
        if self.positive is None:
            return column.cast(pl.Float64).to_numpy()
        return (column == self.positive).cast(pl.Int64).to_numpy()


def main() -> int:
    """Print a figure per table; 1 if a bar is missed."""
    with_sleeping_threads()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two folds, small searches")
    parser.add_argument("--only", help="names of tables, parted by commas")
    parser.add_argument("--minutes", type=float, help="of Keel's search in each fold")
    parser.add_argument("--trials", type=int, help="of Keel's search in each fold")
    parser.add_argument("--peer-trials", type=int, help="of LightGBM; 0 leaves the peers out")
    parser.add_argument("--repeats", type=int, help="of the folds where answers are pooled")
    parser.add_argument("--folds", type=int, help="the most folds of each table")
    parser.add_argument("--keep", type=Path, help="a folder for answers, to go on from")
    given = parser.parse_args()
    asked = {name: value for name, value in vars(given).items() if name in Effort.__annotations__}
    effort = replace(
        QUICK if given.quick else FULL,
        **{name: value for name, value in asked.items() if value is not None},
    )
    wanted = None if given.only is None else given.only.split(",")
    figures = [take(exam, effort) for exam in exams(wanted)]
    return report(figures, "quality on tables")


def exams(wanted: list[str] | None = None) -> Iterator[Exam]:
    """The tables with their bars; only those whose names begin with a wanted one."""
    folder = data.data_folder()
    made: dict[str, Callable[[str], Exam]] = {
        "Adult": lambda name: _adult(name, *data.adult(folder)),
        "Telco": lambda name: _pooled(name, data.telco(folder), "Churn", 0.84, "Yes", 10),
        "German credit": lambda name: _pooled(name, data.german(folder), "risk", 0.78, "bad", 10),
        "bank marketing": lambda name: _pooled(
            name, data.bank(folder), "y", 0.79, "yes", 5, repeats=1
        ),
        "California": lambda name: _california(name, data.california(folder)),
    }
    for name, make in made.items():
        if wanted is None or any(name.startswith(each) for each in wanted):
            yield make(name)


def _adult(name: str, train: pl.DataFrame, test: pl.DataFrame) -> Exam:
    rows = np.arange(len(train) + len(test))
    given = (rows[: len(train)], rows[len(train) :])
    people = pl.concat([train, test])
    return Exam(name, people, "income", 0.925, lambda _: iter([given]), ">50K")


def _california(name: str, houses: pl.DataFrame) -> Exam:
    return Exam(name, houses, "median_house_value", 48_000, lambda e: _fifths(houses, e))


def take(exam: Exam, effort: Effort) -> Figure:
    """Let all competitors answer all folds, and compare."""
    answers: dict[str, list[np.ndarray]] = {}
    rows: list[np.ndarray] = []
    for number, (fit, held) in enumerate(exam.folds(effort)):
        began = time.monotonic()
        scored = compete(exam, fit, held, effort, number)
        for name, output in scored.items():
            answers.setdefault(name, []).append(output)
        rows.append(held)
        told = ", ".join(
            f"{name} {_figure(exam, [held], [output]):.4f}" for name, output in scored.items()
        )
        print(
            f"{exam.name} fold {number + 1}: {told} ({time.monotonic() - began:.0f} s)", flush=True
        )
    figures = {name: _figure(exam, rows, outputs) for name, outputs in answers.items()}
    ours = figures.pop("keel")
    measure = "RMSE" if exam.positive is None else "ROC AUC"
    note = f"{len(rows)} folds" if len(rows) > 1 else ""
    better = "lower" if exam.positive is None else "higher"
    return Figure(f"{exam.name} {measure}", ours, exam.bar, better, figures, note)


def compete(exam: Exam, fit: np.ndarray, held: np.ndarray, effort: Effort, number: int) -> Answers:
    """[n] scores of the held rows by each competitor."""
    train, asked = exam.frame[fit].drop(exam.target), exam.frame[held].drop(exam.target)
    label, seed = exam.label[fit], SEED + number
    competitors: dict[str, Callable[[], np.ndarray]] = {
        "keel": lambda: ours(exam, fit, held, effort, seed)
    }
    if effort.peer_trials:
        competitors["LightGBM"] = lambda: tuned_lightgbm(
            train, label, asked, trials=effort.peer_trials, seed=seed
        )
        competitors["linear"] = lambda: linear(train, label, asked, seed=seed)
    name = f"{exam.name} {number}"
    return {
        each: kept(effort.keep, f"{name} {each}", lambda answer=answer: {"score": answer()})[
            "score"
        ]
        for each, answer in competitors.items()
    }


def ours(exam: Exam, fit: np.ndarray, held: np.ndarray, effort: Effort, seed: int) -> np.ndarray:
    """[n] scores of the held rows by Keel, from its public face."""
    with tempfile.TemporaryDirectory() as home:
        session = keel.run(
            exam.frame[fit],
            target=exam.target,
            test=exam.frame[held],
            name="exam",
            minutes=effort.minutes,
            trials=effort.trials,
            seed=seed,
            home=home,
        )
        answered = session.predict(exam.frame[held].drop(exam.target))
    print(f"{exam.name}: {session.report.why}", flush=True)
    return answered["prediction" if exam.positive is None else f"score {exam.positive}"].to_numpy()


def _figure(exam: Exam, rows: list[np.ndarray], outputs: list[np.ndarray]) -> float:
    """Pooled over the folds of a repeat, and the mean over repeats."""
    label = exam.label
    if exam.positive is None:
        errors = [root_mean_squared_error(label[r], o) for r, o in zip(rows, outputs, strict=True)]
        return float(np.mean(errors))
    repeats: list[tuple[list[np.ndarray], list[np.ndarray]]] = []
    seen: set[int] = set()
    for held, output in zip(rows, outputs, strict=True):
        if not repeats or seen & {int(held[0])}:
            repeats.append(([], []))
            seen = set()
        seen |= {int(row) for row in held}
        repeats[-1][0].append(held)
        repeats[-1][1].append(output)
    return float(
        np.mean([roc_auc_score(label[np.concatenate(r)], np.concatenate(o)) for r, o in repeats])
    )


def _pooled(
    name: str,
    frame: pl.DataFrame,
    target: str,
    bar: float,
    positive: str,
    parts: int,
    repeats: int | None = None,
) -> Exam:
    label = (frame[target] == positive).to_numpy()

    def folds(effort: Effort) -> Iterator[Fold]:
        given = 0
        for repeat in range(repeats or effort.repeats):
            divided = StratifiedKFold(parts, shuffle=True, random_state=SEED + repeat)
            for fit, held in divided.split(label, label):
                if effort.folds is not None and given >= effort.folds:
                    return
                given += 1
                yield fit, held

    return Exam(name, frame, target, bar, folds, positive)


def _fifths(frame: pl.DataFrame, effort: Effort) -> Iterator[Fold]:
    divided = KFold(5, shuffle=True, random_state=SEED).split(np.arange(len(frame)))
    for number, fold in enumerate(divided):
        if number < min(2, effort.folds or 2):
            yield fold


if __name__ == "__main__":
    sys.exit(main())

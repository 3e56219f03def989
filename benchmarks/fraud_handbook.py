"""Fraud on simulated card payments by the protocol of the handbook that simulated them.

KEEL_TEST_DATA names the folder that holds `fraud_handbook_transactions.parquet`. Learn from seven
days, wait seven for their labels, answer the next seven; a card is out of the days before which it
was known to be compromised. One recipe, chosen by Keel's own search on the four weeks before the
first answer, is fitted four times and answers four weeks. The book chooses another recipe for each
figure. Beside them: the book's best, LightGBM with its defaults, and an oracle that knows every
label, which shows how much of card precision there is to reach. Features and weeks are declared, as
in a `keel.yaml`; that they are the book's is checked.

No label is read before it is known: `known_after: 7d` shifts whatever reads `is_fraud`, and leaves
out of learning the rows whose label was not known when a week of answers begins.

Source: Le Borgne, Siblini, Lebichot and Bontempi 2022, Reproducible Machine Learning for Credit
Card Fraud Detection, chapters 3.2 (features), 3.4 (protocol), 4.5 (card precision), 5.2 and 5.3
(prequential validation; gradient boosting in the summary of model selection).
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from figures import Figure, report, with_sleeping_threads
from keel.data.check_system import check_system
from keel.data.divide_windows import divide_windows
from keel.data.examples import Examples
from keel.data.split import Split
from keel.features.build import build
from keel.metrics.bootstrap import point
from keel.metrics.evidence import Evidence
from keel.settings import Settings
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_measure
from keel.spec.system import System, TrainSpec
from keel.tasks.registry import find_labelled
from keel.train import catalogue
from keel.train.search.candidate import Recipe
from keel.train.search.cross_validate import fit_recipe
from keel.train.search.prepare import prepare
from keel.train.search.search import Budget, search
from keel.train.search.table_bench import TableBench
from keel.train.search.trial_cache import TrialCache
from keel.train.search.winner import choose_winner
from keel.train.search.workbench import Workbench
from keel.train.train import refit_recipe
from quality_data import data_folder

FILE = "fraud_handbook_transactions.parquet"
DECLARED = {
    "system": "payments",
    "task": "classify",
    "data": {"payments": {"table": "payments.parquet", "key": "tx_id", "time": "tx_time"}},
    "entities": {"customer": "customer_id", "terminal": "terminal_id"},
    "label": {"column": "is_fraud", "known_after": "7d"},
    "features": {
        "amount": "amount",
        "is_weekend": "dayofweek(tx_time) in (0, 6)",
        "is_night": "hour(tx_time) <= 6",
        "customer_tx": "count() over 1d, 7d, 30d by customer including self",
        "customer_mean": "mean(amount) over 1d, 7d, 30d by customer including self",
        "terminal_tx": "count() over 1d, 7d, 30d delayed 7d by terminal",
        "terminal_risk": "mean(is_fraud) over 1d, 7d, 30d by terminal",
    },
    "split": {
        "train": "7d",
        "test": "7d",
        "folds": 4,
        "group": "customer_id",
        "leave_out_known": True,
    },
}
ENDS = ("2018-08-15", "2018-08-22", "2018-08-29", "2018-09-05")
"""The days after the weeks of answers; the first is the single week."""

ASKED = (58_264, 57_937, 58_337, 57_604)
"""Payments of each week that the book's own code asks about."""

WINDOWS, DELAY = (1, 7, 30), 7
MEASURES = tuple(
    parse_measure(text) for text in ("average_precision", "precision at 100 per day of card")
)
PRECISION_BAR, CARDS_BAR = 0.687, 0.303
WEEK_PRECISION_BAR, WEEK_CARDS_BAR = 0.658, 0.291
BUILD_BAR_S = 30.0

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reached:
    """Of one week of answers."""

    average_precision: float
    card_precision: float


@dataclass(frozen=True, eq=False)
class Week:
    """All that was there at its end, and how it is divided."""

    examples: Examples
    split: Split

    def judge(self, score: Floats) -> Reached:
        """Of [n] scores of the rows that are asked about."""
        asked = self.examples.take(self.split.test)
        answers = Evidence(
            TaskName.CLASSIFY,
            np.column_stack([1 - score, score]),
            asked.label,
            self.split.protocol,
            asked.classes,
            time=asked.time,
            units={"card": asked.group.astype(str)},
        )
        return Reached(*(point(measure, answers) for measure in MEASURES))


def main() -> int:
    """Print figures by week; 1 if a bar is missed."""
    with_sleeping_threads()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two algorithms as they come")
    parser.add_argument("--trials", type=int, help="of the search (8: every algorithm as it comes)")
    parser.add_argument("--models", help="algorithms to search, parted by commas")
    given = parser.parse_args()
    trials = given.trials or (2 if given.quick else 8)
    models = given.models or ("lightgbm,logistic" if given.quick else "auto")
    table = read(data_folder() / FILE)
    system = System.model_validate(DECLARED)
    with tempfile.TemporaryDirectory() as folder:
        examples, seconds = built(table, system, Path(folder))
    compare(table, examples.frame)
    weeks = [week(examples, system, end) for end in ENDS]
    for one, rows in zip(weeks, ASKED, strict=True):
        if len(one.split.test) != rows:
            raise SystemExit(f"{len(one.split.test):,} rows are asked about, not {rows:,}")
    recipe = choose(weeks[0], models, trials)
    competitors = {
        "keel": [one.judge(ours(one, recipe)) for one in weeks],
        "LightGBM as it comes": [one.judge(stock(one)) for one in weeks],
        "oracle": [
            one.judge(one.examples.label[one.split.test].astype(np.float64)) for one in weeks
        ],
    }
    show(competitors)
    print("simulated payments flatter: on real ones the same book reports cards@100 of 0.095")
    return report(figures(competitors, seconds), "Fraud by the handbook's protocol")


def read(path: Path) -> pl.DataFrame:
    """The columns that a bank would have, in the order of their numbers."""
    return (
        pl.read_parquet(path)
        .select(
            tx_id="TRANSACTION_ID",
            tx_time=pl.col("TX_DATETIME").cast(pl.Datetime("us")),
            customer_id="CUSTOMER_ID",
            terminal_id="TERMINAL_ID",
            amount="TX_AMOUNT",
            is_fraud="TX_FRAUD",
        )
        .sort("tx_id")
    )


def built(table: pl.DataFrame, system: System, folder: Path) -> tuple[Examples, float]:
    """The declared features of all payments, and the seconds that they took."""
    table.write_parquet(folder / "payments.parquet")
    began = time.perf_counter()
    checked = check_system(system, folder, Settings(folder / "home", "", "", ""))
    read_s = time.perf_counter() - began
    began = time.perf_counter()
    examples = build(checked, system, find_labelled(TaskName.CLASSIFY)).examples
    seconds = time.perf_counter() - began
    print(
        f"{len(table):,} payments read and checked in {read_s:.1f} s, "
        f"{len(examples.columns)} features of them in {seconds:.1f} s",
        flush=True,
    )
    return examples, seconds


def compare(table: pl.DataFrame, features: pl.DataFrame) -> None:
    """Rows whose features are not those of the book, whose windows hold their later edge and, of
    a terminal, end with the last event seven days back to the second."""
    told = []
    for column in book_windows(table):
        own = features[column.name].cast(pl.Float64).fill_null(0.0)
        differs = int(((own - column).abs() > 1e-9 * column.abs().clip(1.0)).sum())
        told.append(f"{column.name} {differs:,}")
    print(f"rows that differ from the book's windows: {', '.join(told)}", flush=True)


def book_windows(table: pl.DataFrame) -> list[pl.Series]:
    """Windows are (t - w, t] of a customer, and (t - 7d - w, t - 7d] of a terminal: its payments,
    too, are counted only once their labels are known. No payment yet: no risk."""
    risk = pl.mean("is_fraud").fill_null(0.0)
    columns = _rolled(table, "customer", pl.mean("amount"), "mean", 0)
    return columns + _rolled(table, "terminal", risk, "risk", DELAY)


def _rolled(
    table: pl.DataFrame, entity: str, figure: pl.Expr, name: str, delay: int
) -> list[pl.Series]:
    by = f"{entity}_id"
    ordered = table.with_row_index().sort(by, "tx_time", "tx_id")
    back = ordered["index"].arg_sort()
    made = []
    for days in WINDOWS:
        rolled = ordered.rolling(
            "tx_time", period=f"{days}d", offset=f"-{days + delay}d", closed="right", group_by=by
        ).agg(
            pl.len().cast(pl.Float64).alias(f"{entity}_tx_{days}d"),
            figure.alias(f"{entity}_{name}_{days}d"),
        )
        made += [column[back] for column in rolled.get_columns()[2:]]
    return made


def week(examples: Examples, system: System, end: str) -> Week:
    """What was there before a day, divided as declared."""
    there = examples.take(np.flatnonzero(examples.time < np.datetime64(end)))
    return Week(there, divide_windows(there, system))


def choose(first: Week, models: str, trials: int) -> Recipe:
    """Keel's search on the weeks before the first answers; it sees none of a tested week."""
    wanted = "auto" if models == "auto" else tuple(models.split(","))
    bench = benched(first, TrainSpec(models=wanted, trials=trials))
    with tempfile.TemporaryDirectory() as cache:
        found = search(
            TableBench(bench),
            Budget(trials, float("inf"), time.monotonic),
            TrialCache(Path(cache)),
            lambda line: print(line, flush=True),
        )
    order = sorted(bench.algorithms, key=catalogue.simplicity)
    tried = [trial.candidate for trial in found.trials]
    choice = choose_winner(tried, order, higher=bench.higher, measure=str(bench.measure))
    print(choice.why)
    recipe = refit_recipe(choice.winner)
    print(recipe.algorithm, dict(recipe.parameters), flush=True)
    return recipe


def benched(one: Week, spec: TrainSpec) -> Workbench:
    """On one thread, so that the figures are the same on every machine."""
    return prepare(one.examples, one.split, spec, find_labelled(TaskName.CLASSIFY), 1)


def ours(one: Week, recipe: Recipe) -> Floats:
    """[n] scores by the recipe, fitted on the week before."""
    bench = benched(one, TrainSpec(models=(recipe.algorithm,)))
    fitted = fit_recipe(bench, recipe, one.split.last_fit)
    rows = bench.source.only(fitted.encoding.columns).take(one.split.test)
    return fitted.scores(rows)[:, -1].astype(np.float64)


def stock(one: Week) -> Floats:
    """[n] scores by a hundred rounds of LightGBM with its defaults."""
    matrix = one.examples.frame.cast(pl.Float64).to_numpy()
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 0}
    learned = one.split.last_fit
    train = lightgbm.Dataset(matrix[learned], one.examples.label[learned])
    return np.asarray(lightgbm.train(settings, train).predict(matrix[one.split.test]))


def show(competitors: dict[str, list[Reached]]) -> None:
    """Figures of every week under each other."""
    print(f"\n{'answers before':14}" + "".join(f"{name:>26}" for name in competitors))
    print(f"{'':14}" + f"{'AP':>14}{'cards@100':>12}" * len(competitors))
    for number, end in enumerate(ENDS):
        reached = [weeks[number] for weeks in competitors.values()]
        row = [f"{r.average_precision:14.4f}{r.card_precision:12.4f}" for r in reached]
        print(f"{end:14}" + "".join(row))


def figures(competitors: dict[str, list[Reached]], seconds: float) -> list[Figure]:
    """The means and the single week, each beside its bar."""
    made = []
    for when, weeks, bars in (
        ("mean of four weeks", slice(None), (PRECISION_BAR, CARDS_BAR)),
        ("8 to 14 August", slice(1), (WEEK_PRECISION_BAR, WEEK_CARDS_BAR)),
    ):
        for title, name, bar in (
            ("AP", "average_precision", bars[0]),
            ("cards@100", "card_precision", bars[1]),
        ):
            peers = {
                who: float(np.mean([getattr(reached, name) for reached in all_weeks[weeks]]))
                for who, all_weeks in competitors.items()
            }
            made.append(Figure(f"{title}, {when}", peers.pop("keel"), bar, "higher", peers))
    return [*made, Figure("build of 15 features, s", seconds, BUILD_BAR_S, "lower")]


if __name__ == "__main__":
    sys.exit(main())

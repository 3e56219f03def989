"""How good Keel's answers are on text, beside a tuned LightGBM and a logistic regression.

Every message is answered by a model whose whole search, threshold included, ran without the fold
it is in; messages that say the same are always in one fold. The decisions are those of the spam
reference systems; a message counts as blocked when its action is `quarantine`.

SpamAssassin is judged without provenance headers (Received, Date, Delivered-To, List-*), which
identify the corpora it was put together from; with them is shown for comparison.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import lightgbm
import numpy as np
import optuna
import polars as pl
import yaml
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold

import keel
import quality_data as data
from figures import Figure, report, with_sleeping_threads
from keel.systems.reference import find_reference
from quality_answers import Answers, kept
from quality_peers import THREADS

SEED = 7
SMS_F1_BAR = 0.96
SMS_BLOCKED_BAR = 5
MAIL_F1_BAR = 0.98
PROVENANCE = ("provenance_hops", "provenance_hour", "provenance_list")
PEERS = ("logistic", "LightGBM")
PARTS = ("score", "flagged", "blocked")
STRENGTHS = (1.0, 10.0, 100.0)


@dataclass(frozen=True, eq=False)
class Exam:
    """Messages with a declaration, and what competitors read of them."""

    name: str
    frame: pl.DataFrame
    declaration: dict
    target: str
    positive: object
    folds: int

    @property
    def label(self) -> np.ndarray:
        """[n] 1 for spam."""
        return (self.frame[self.target] == self.positive).cast(pl.Int64).to_numpy()


@dataclass(frozen=True, eq=False)
class Outcome:
    """[n] per message: its score, whether it was flagged or worse, whether it was blocked."""

    score: np.ndarray
    flagged: np.ndarray
    blocked: np.ndarray


@dataclass(frozen=True)
class Effort:
    """How much each competitor may try in each fold. trials: of Keel, None as declared.
    peer_trials: 0 leaves the peers out. headline: without the comparison with provenance."""

    minutes: float
    peer_trials: int
    trials: int | None = None
    folds: int | None = None
    headline: bool = False
    keep: Path | None = None


FULL = Effort(minutes=10, peer_trials=20)
QUICK = Effort(minutes=1, peer_trials=6, folds=2, headline=True)


def main() -> int:
    """Print the figures; 1 if a bar is missed."""
    with_sleeping_threads()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two folds, small searches")
    parser.add_argument("--only", choices=("sms", "mail"))
    parser.add_argument("--minutes", type=float, help="of Keel's search in each fold")
    parser.add_argument("--trials", type=int, help="of Keel's search in each fold")
    parser.add_argument("--peer-trials", type=int, help="of LightGBM; 0 leaves the peers out")
    parser.add_argument("--folds", type=int, help="the most folds")
    parser.add_argument("--headline", action="store_true", default=None, help="no provenance")
    parser.add_argument("--keep", type=Path, help="a folder for answers, to go on from")
    given = parser.parse_args()
    asked = {name: value for name, value in vars(given).items() if name in Effort.__annotations__}
    effort = replace(
        QUICK if given.quick else FULL,
        **{name: value for name, value in asked.items() if value is not None},
    )
    folder = data.data_folder()
    figures: list[Figure] = []
    if given.only != "mail":
        figures += sms_figures(folder, effort)
    if given.only != "sms":
        figures += mail_figures(folder, effort)
    return report(figures, "quality on text")


def sms_figures(folder: Path, effort: Effort) -> list[Figure]:
    """F1 and blocked legitimate messages of the quarantine, over 10 folds."""
    declaration = yaml.safe_load(find_reference("spam").text())
    exam = Exam("SMS", data.sms(folder), declaration, "label", "spam", 10)
    outcomes, label, held = take(exam, effort)
    ours = outcomes.pop("keel")
    wrongly = {name: _wrong(label, o.blocked) for name, o in outcomes.items()}
    share = len(held) / len(exam.frame)
    note = f"{len(held):,} messages"
    return [
        Figure(
            "SMS F1 of the quarantine",
            _f1(label, ours.blocked),
            SMS_F1_BAR,
            "higher",
            {name: _f1(label, o.blocked) for name, o in outcomes.items()},
            note,
        ),
        Figure(
            "SMS legitimate messages blocked",
            _wrong(label, ours.blocked),
            max(1, round(SMS_BLOCKED_BAR * share)),
            "lower",
            wrongly,
            f"of {(label == 0).sum():,}",
        ),
        Figure(
            "SMS F1 at the threshold that blocks as many as allowed",
            _f1_at(label, ours.score, max(1, round(SMS_BLOCKED_BAR * share))),
            SMS_F1_BAR,
            "higher",
            {
                name: _f1_at(label, o.score, max(1, round(SMS_BLOCKED_BAR * share)))
                for name, o in outcomes.items()
            },
            "threshold chosen on the answers themselves",
        ),
    ]


def mail_figures(folder: Path, effort: Effort) -> list[Figure]:
    """F1 of the flags over 5 folds, without and with provenance."""
    from keel.systems.source import fetch

    with tempfile.TemporaryDirectory() as where:
        (table,) = fetch("spam/mail", folder / "spamassassin_mails.parquet", Path(where))
        frame = pl.read_parquet(table)
    figures = []
    for name, more in (("without provenance", ()), ("with provenance", PROVENANCE)):
        declaration = yaml.safe_load(find_reference("spam/mail").text())
        declaration["features"] |= {column: column for column in more}
        declaration["decide"] = "f1"
        exam = Exam(f"SpamAssassin {name}", frame, declaration, "spam", True, 5)
        outcomes, label, held = take(exam, replace(effort, peer_trials=0) if more else effort)
        ours = outcomes.pop("keel")
        bar = MAIL_F1_BAR
        figures.append(
            Figure(
                f"SpamAssassin F1 {name}",
                _f1(label, ours.flagged),
                bar,
                "higher",
                {each: _f1(label, o.flagged) for each, o in outcomes.items()},
                f"{len(held):,} mails, {_wrong(label, ours.flagged):.0f} wrongly flagged",
            )
        )
        if effort.headline:
            break
    return figures


def take(exam: Exam, effort: Effort) -> tuple[dict[str, Outcome], np.ndarray, np.ndarray]:
    """Outcomes by competitor, the label and the rows, of all messages answered."""
    parts: dict[str, list[Outcome]] = {}
    rows: list[np.ndarray] = []
    for number, (fit, held) in enumerate(folds(exam)):
        if number == effort.folds:
            break
        began = time.monotonic()
        found = compete(exam, fit, held, effort, number)
        for name, outcome in found.items():
            parts.setdefault(name, []).append(outcome)
        rows.append(held)
        label = exam.label[held]
        told = ", ".join(
            f"{name} AP {average_precision_score(label, o.score):.4f} F1 "
            f"{_f1(label, o.flagged):.4f} blocked {_wrong(label, o.blocked):.0f} "
            f"F1 {_f1(label, o.blocked):.4f}"
            for name, o in found.items()
        )
        took = time.monotonic() - began
        print(f"{exam.name} fold {number + 1}: {told} ({took:.0f} s)", flush=True)
    held = np.concatenate(rows)
    return {name: _joined(each) for name, each in parts.items()}, exam.label[held], held


def compete(
    exam: Exam, fit: np.ndarray, held: np.ndarray, effort: Effort, number: int
) -> dict[str, Outcome]:
    """What each competitor does with the held messages."""
    seed, name = SEED + number, f"{exam.name} {number}"
    found = kept(effort.keep, f"{name} keel", lambda: asdict(ours(exam, fit, held, effort, seed)))
    outcomes = {"keel": Outcome(**found)}
    if effort.peer_trials:
        answered = kept(
            effort.keep, f"{name} peers", lambda: _flat(rivals(exam, fit, held, effort, seed))
        )
        outcomes |= {
            peer: Outcome(*(answered[f"{peer} {part}"] for part in PARTS)) for peer in PEERS
        }
    return outcomes


def _flat(outcomes: dict[str, Outcome]) -> Answers:
    return {
        f"{name} {part}": values
        for name, outcome in outcomes.items()
        for part, values in asdict(outcome).items()
    }


def folds(exam: Exam) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows to fit on and to answer, groups whole."""
    divided = StratifiedGroupKFold(exam.folds, shuffle=True, random_state=SEED)
    yield from divided.split(exam.frame, exam.label, exam.frame["same_text"])


def ours(exam: Exam, fit: np.ndarray, held: np.ndarray, effort: Effort, seed: int) -> Outcome:
    """Keel, by its public face: a declaration in a folder with a table of its own for testing."""
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        exam.frame[fit].write_parquet(folder / "fit.parquet")
        exam.frame[held].write_parquet(folder / "held.parquet")
        declaration = exam.declaration | {"system": "exam", "promises": ["no leakage"]}
        (table,) = declaration["data"].values()
        declaration["data"] = {"rows": table | {"table": "fit.parquet", "test": "held.parquet"}}
        (folder / "keel.yaml").write_text(yaml.safe_dump(declaration, sort_keys=False))
        session = keel.run(
            where,
            minutes=effort.minutes,
            trials=effort.trials,
            seed=seed,
            home=folder / "home",
        )
        answered = session.predict(exam.frame[held])
    print(f"{exam.name}: {session.report.why}", flush=True)
    positive = "true" if exam.positive is True else str(exam.positive)
    flagged = (answered["prediction"] == positive).to_numpy()
    blocked = (
        (answered["action"] == "quarantine").to_numpy() if "action" in answered.columns else flagged
    )
    return Outcome(answered[f"score {positive}"].to_numpy(), flagged, blocked)


def rivals(
    exam: Exam, fit: np.ndarray, held: np.ndarray, effort: Effort, seed: int
) -> dict[str, Outcome]:
    """A logistic regression and a tuned LightGBM on TF-IDF of words; thresholds on inner folds."""
    label, groups = exam.label[fit], exam.frame["same_text"][fit].to_numpy()
    inner = list(StratifiedGroupKFold(4, shuffle=True, random_state=seed).split(fit, label, groups))
    blocks = [_matrices(exam, fit[a], fit[b]) for a, b in inner]
    whole = _matrices(exam, fit, held)
    competitors = {"logistic": _logistics(), "LightGBM": _boosters(effort.peer_trials, seed)}
    return {
        name: _chosen(attempts, inner, blocks, whole, label)
        for name, attempts in competitors.items()
    }


def _chosen(attempts: list, inner: list, blocks: list, whole: tuple, label: np.ndarray) -> Outcome:
    best, best_score, best_out = attempts[0], -1.0, np.zeros(0)
    for attempt in attempts:
        out = np.zeros(len(label))
        for (a, b), (train, test) in zip(inner, blocks, strict=True):
            out[b] = attempt(train, label[a], test)
        score = average_precision_score(label, out)
        if score > best_score:
            best, best_score, best_out = attempt, score, out
    scores = best(whole[0], label, whole[1])
    return Outcome(
        scores, scores >= _f1_cut(label, best_out), scores >= _precise_cut(label, best_out)
    )


def _logistics() -> list:
    def attempt(strength: float):
        def answer(train, label, test):
            model = LogisticRegression(C=strength, max_iter=500)
            return model.fit(train, label).decision_function(test)

        return answer

    return [attempt(strength) for strength in STRENGTHS]


def _boosters(trials: int, seed: int) -> list:
    """Settings drawn at random, so that they can be compared on the same inner folds."""
    random = np.random.default_rng(seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def attempt(settings: dict):
        def answer(train, label, test):
            data_set = lightgbm.Dataset(train, label)
            return np.asarray(lightgbm.train(settings, data_set, 300).predict(test))

        return answer

    common = {"objective": "binary", "verbosity": -1, "num_threads": THREADS, "bagging_freq": 1}
    return [
        attempt(
            common
            | {
                "learning_rate": float(np.exp(random.uniform(np.log(0.03), np.log(0.2)))),
                "num_leaves": int(random.integers(7, 64)),
                "min_data_in_leaf": int(random.integers(3, 30)),
                "feature_fraction": float(random.uniform(0.1, 0.8)),
                "bagging_fraction": float(random.uniform(0.6, 1)),
            }
        )
        for _ in range(max(1, trials // 4))
    ]


def _matrices(exam: Exam, fit: np.ndarray, held: np.ndarray) -> tuple:
    """TF-IDF of every text column, beside the numbers as they are."""
    fits, tests = [], []
    columns = [name for name in exam.declaration["features"] if name in exam.frame.columns]
    for name in columns:
        column = exam.frame[name]
        if column.dtype == pl.String:
            words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
            texts = column.fill_null("").to_list()
            try:
                fits.append(words.fit_transform([texts[row] for row in fit]))
            except ValueError:
                continue
            tests.append(words.transform([texts[row] for row in held]))
        else:
            numbers = np.log1p(np.abs(column.cast(pl.Float64).fill_null(0).to_numpy()))[:, None]
            fits.append(sparse.csr_matrix(numbers[fit]))
            tests.append(sparse.csr_matrix(numbers[held]))
    return sparse.hstack(fits).tocsr(), sparse.hstack(tests).tocsr()


def _joined(parts: list[Outcome]) -> Outcome:
    return Outcome(
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.flagged for part in parts]),
        np.concatenate([part.blocked for part in parts]),
    )


def _f1_cut(label: np.ndarray, score: np.ndarray) -> float:
    order = np.argsort(-score)
    hits = np.cumsum(label[order])
    f1 = 2 * hits / (np.arange(1, len(label) + 1) + label.sum())
    return float(score[order][np.argmax(f1)])


def _precise_cut(label: np.ndarray, score: np.ndarray, precision: float = 0.995) -> float:
    order = np.argsort(-score)
    reached = np.flatnonzero(np.cumsum(label[order]) / np.arange(1, len(label) + 1) >= precision)
    return float(score[order][reached[-1]]) if len(reached) else np.inf


def _f1(label: np.ndarray, flagged: np.ndarray) -> float:
    return float(2 * (label & flagged).sum() / (label.sum() + flagged.sum()))


def _wrong(label: np.ndarray, flagged: np.ndarray) -> float:
    return float((flagged & (label == 0)).sum())


def _f1_at(label: np.ndarray, score: np.ndarray, wrong: int) -> float:
    order = np.argsort(-score)
    hits = np.cumsum(label[order])
    f1 = 2 * hits / (np.arange(1, len(label) + 1) + label.sum())
    return float(f1[np.cumsum(1 - label[order]) <= wrong].max())


if __name__ == "__main__":
    sys.exit(main())

"""Cards to test with: a full one for each task, and a hostile one."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from keel.evaluate.card.content import (
    Candidate,
    CardContent,
    ColumnFact,
    Confusion,
    DataFacts,
    Figure,
    ImbalanceFact,
    ImportanceFacts,
    LearningFacts,
    LeftOut,
    LineageFacts,
    PromiseFact,
    SliceFact,
    SliceFacts,
    Threshold,
    TrainingFacts,
)
from keel.evaluate.card.points import (
    ClassifyPoints,
    Curve,
    OperatingPoint,
    RegressPoints,
    Reliability,
    ResidualBin,
)
from keel.evaluate.importance import Importance, Importances
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.learning_curve import LearningCurve, judge_learning
from keel.metrics.estimate import Estimate
from keel.metrics.metric import Better
from keel.spec.system import CardSpec

N = 48_210

DECLARATION = """\
system: fraud
task: classify
data:
  transactions: {table: data/transactions.parquet, key: tx_id, time: tx_time}
label: {column: is_fraud, known_after: 7d}
features:
  amount: amount
  is_night: hour(tx_time) <= 6
promises:
  - average_precision >= 0.60
  - recall at precision 0.90 >= 0.40
  - no leakage
"""


def classify_card() -> CardContent:
    """A fraud system with something of everything."""
    return CardContent(
        system="fraud",
        version=7,
        status="champion",
        created=datetime(2025, 3, 14, 9, 26, tzinfo=UTC),
        task="classify",
        description="Card payments that the holder did not make, at the moment they are made.",
        algorithm="lightgbm",
        statements=CardSpec(
            intended_use="Ranks card payments for a team of twelve analysts, who call the holder.",
            out_of_scope="Blocking a payment without a person; credit decisions; new countries.",
            known_harms="A false alarm stops a payment at the till. People who travel see more.",
            owner="payments-risk@bank.example",
        ),
        promises=_promises(),
        data=_data(),
        protocol=(
            "The last 20 % of days (2018-08-25 to 2018-09-30) is the test part, 7 days before it "
            "are left out until their labels are known; 4 forward-chaining folds before that; "
            "seed 7. Intervals: 1,000 bootstrap samples of whole days."
        ),
        test_looks=3,
        figures=_figures(),
        confusion=_confusion(),
        classify=_points(),
        slices=_slices(),
        learning=_learning(),
        importance=_importance(),
        training=_training(),
        leakage=_leakage(),
        lineage=_lineage(),
        declaration=DECLARATION,
    )


def regress_card() -> CardContent:
    """House prices."""
    rng = np.random.default_rng(3)
    actual = np.exp(rng.normal(12, 0.5, 900))
    predicted = actual * np.exp(rng.normal(0, 0.16, 900))
    order = np.argsort(predicted)
    bins = []
    for part in np.array_split(order, 10):
        q = np.quantile((actual - predicted)[part], [0.1, 0.25, 0.5, 0.75, 0.9])
        bins.append(
            ResidualBin(
                float(predicted[part].min()),
                float(predicted[part].max()),
                len(part),
                *map(float, q),
            )
        )
    return replace(
        classify_card(),
        system="houses",
        version=1,
        status="held",
        task="regress",
        description="Median house value of a Californian block group.",
        promises=(
            PromiseFact(
                "rmse <= 48000",
                "broken",
                "the whole interval is above the bar",
                51_230.4,
                49_120.0,
                53_010.0,
                4128,
                "<=",
                48_000.0,
            ),
            PromiseFact("no leakage", "kept", "no finding is certain or suspect"),
        ),
        figures=(
            Figure("rmse", Estimate(51_230.4, 49_120.0, 53_010.0, 4128), "lower", 114_500.0),
            Figure("mae", Estimate(33_120.0, 32_400.0, 33_900.0, 4128), "lower", 90_100.0),
            Figure("r2", Estimate(0.801, 0.78, 0.82, 4128), "higher", -0.0004),
            Figure("bias", Estimate(427.0, -939.0, 1815.0, 4128), "zero"),
        ),
        confusion=None,
        classify=None,
        regress=RegressPoints(predicted.tolist(), actual.tolist(), bins, "US$"),
        leakage=(),
        slices=None,
    )


def many_class_card() -> CardContent:
    """Four classes, each with its own curves."""
    rng = np.random.default_rng(5)
    names = ("arrears", "paid early", "paid on time", "written off")
    counts = (rng.integers(5, 120, (4, 4)) + np.diag([900, 420, 2100, 300])).tolist()
    one = _points()
    curves = [
        Curve(name, one.roc[0].x, [y ** (1 + 0.7 * place) for y in one.roc[0].y])
        for place, name in enumerate(names)
    ]
    precision = [
        Curve(
            name,
            one.precision_recall[0].x,
            [y / (1 + 0.2 * place) for y in one.precision_recall[0].y],
        )
        for place, name in enumerate(names)
    ]
    return replace(
        classify_card(),
        system="loans",
        status="challenger",
        confusion=Confusion(names, names, counts),
        classify=ClassifyPoints(precision, curves, (), (), one.reliability),
    )


def bare_card() -> CardContent:
    """The least there can be: nothing promised, stated or checked."""
    full = classify_card()
    return CardContent(
        system="bare",
        version=1,
        status="held",
        created=full.created,
        task="classify",
        data=DataFacts("rows.csv", "ab" * 32, 80, 0, 20, 80),
        protocol="Random, seed 7.",
        figures=(),
        lineage=LineageFacts("cd" * 32, "0.1.0", 7, "ef" * 32),
        declaration="system: bare\n",
    )


def _promises() -> tuple[PromiseFact, ...]:
    return (
        PromiseFact(
            "average_precision >= 0.60",
            "kept",
            "the whole interval is above the bar",
            0.6653,
            0.6412,
            0.6889,
            N,
            ">=",
            0.6,
        ),
        PromiseFact(
            "recall at precision 0.90 >= 0.40",
            "undecided",
            "the interval holds the bar",
            0.412,
            0.371,
            0.448,
            N,
            ">=",
            0.4,
        ),
        PromiseFact(
            "demographic_parity_ratio by age_band >= 0.80",
            "kept",
            "the whole interval is above the bar",
            0.874,
            0.823,
            0.921,
            N,
            ">=",
            0.8,
        ),
        PromiseFact(
            "beats champion on average_precision by 0.01",
            "kept",
            "better than fraud@5 by more than the margin on the same rows",
            0.031,
            0.018,
            0.045,
            N,
            ">=",
            0.01,
        ),
        PromiseFact("no leakage", "undecided", "1 suspect finding, none is certain"),
        PromiseFact(
            "latency_p99 <= 20 ms",
            "kept",
            "the whole interval is below the bar",
            0.84,
            0.71,
            1.02,
            2000,
            "<=",
            20.0,
            "ms",
        ),
        PromiseFact("drift psi <= 0.2 over 7d", "pending", "no live traffic yet"),
    )


def _figures() -> tuple[Figure, ...]:
    def figure(
        name: str, value: float, half: float, baseline: float | None, better: Better = "higher"
    ) -> Figure:
        estimate = Estimate(value, value - half, value + half * 0.95, N)
        return Figure(name, estimate, better, baseline)

    return (
        figure("average_precision", 0.6653, 0.0241, 0.0081),
        figure("roc_auc", 0.9182, 0.0107, 0.5),
        figure("recall at precision 0.9", 0.412, 0.041, 0.0),
        figure("precision at 100 per day", 0.287, 0.014, 0.008),
        figure("brier", 0.00431, 0.00021, 0.00803, "lower"),
        figure("log_loss", 0.0192, 0.0011, 0.0467, "lower"),
        figure("expected_cost", 3.12, 0.41, 8.1, "lower"),
    )


def _confusion() -> Confusion:
    def derived(name: str, value: float, half: float) -> Figure:
        return Figure(name, Estimate(value, value - half, value + half, N))

    return Confusion(
        classes=("no", "yes"),
        answers=("no", "yes"),
        counts=((47_752, 71), (158, 229)),
        thresholds=(Threshold("", 0.3137, "f1", "out of fold: precision 0.771, recall 0.588"),),
        derived=(
            derived("precision", 0.763, 0.048),
            derived("recall", 0.592, 0.049),
            derived("f1", 0.667, 0.039),
            derived("specificity", 0.9985, 0.0004),
            derived("balanced_accuracy", 0.795, 0.025),
            derived("mcc", 0.67, 0.038),
        ),
        positive="yes",
    )


def _points() -> ClassifyPoints:
    x = np.linspace(0, 1, 900)
    precision = np.clip(0.955 - 0.945 * x**3, 0.0081, 1)
    roc = x**0.0806
    gain = x**0.103
    counts = [38_000, 6_200, 1_900, 900, 520, 300, 170, 110, 70, 40]
    middle = np.linspace(0.05, 0.95, 10)
    observed = np.clip(middle + 0.06 * np.sin(middle * 7), 0, 1)
    half = 1.96 * np.sqrt(observed * (1 - observed) / np.array(counts))
    return ClassifyPoints(
        precision_recall=(Curve("yes", x.tolist(), precision.tolist()),),
        roc=(Curve("yes", x.tolist(), roc.tolist()),),
        gain=(Curve("yes", x.tolist(), gain.tolist()),),
        lift=(Curve("yes", x[9:].tolist(), (gain[9:] / x[9:]).tolist()),),
        reliability=(
            Reliability(
                "yes",
                middle.tolist(),
                observed.tolist(),
                (observed - half).tolist(),
                (observed + half).tolist(),
                counts,
            ),
        ),
        prevalence=0.0081,
        operating=(OperatingPoint(0.592, 0.763, 0.0015, 0.0062),),
    )


def _slices() -> SliceFacts:
    def one(column: str, value: str, n: int, at: float, half: float, p: float) -> SliceFact:
        return SliceFact(column, value, n, Estimate(at, at - half, at + half, n), p, p < 0.05)

    return SliceFacts(
        metric="average_precision",
        better="higher",
        overall=Estimate(0.6653, 0.6412, 0.6889, N),
        slices=(
            one("age_band", "80+", 812, 0.412, 0.11, 0.0004),
            one("amount", "0.01 to 4.50", 9640, 0.521, 0.06, 0.012),
            one("terminal_country", "Türkiye", 402, 0.534, 0.21, 0.44),
            one("is_night", "true", 11_020, 0.622, 0.05, 0.31),
            one("cluster", "3 of 8", 2950, 0.631, 0.08, 0.71),
        ),
        looks=64,
        correction="Benjamini-Hochberg",
    )


def _learning() -> LearningFacts:
    curve = LearningCurve(
        (5000, 10_000, 20_000, 40_000, 80_000, 160_000),
        (0.93, 0.88, 0.84, 0.81, 0.785, 0.771),
        (0.41, 0.48, 0.545, 0.595, 0.635, 0.664),
    )
    errors = (0.016, 0.013, 0.011, 0.009, 0.008, 0.007)
    verdict = judge_learning(
        curve, direction="higher", baseline=0.0081, standard_errors=errors, perfect=1.0
    )
    return LearningFacts("average_precision", curve, verdict, 0.0081, errors)


def _importance() -> ImportanceFacts:
    def one(value: float, half: float, *columns: str) -> Importance:
        return Importance(columns, Estimate(value, value - half, value + half, 2000))

    return ImportanceFacts(
        "log loss",
        Importances(
            (
                one(0.0301, 0.0021, "amount", "amount_eur"),
                one(0.0172, 0.0019, "terminal_risk_28d"),
                one(0.0089, 0.0011, "customer_spend_7d"),
                one(0.0041, 0.0012, "customer_tx_1h"),
                one(0.0007, 0.0004, "is_night"),
                one(-0.0001, 0.0003, "merchant_note"),
            ),
            0.0192,
            2000,
            5,
            7,
        ),
    )


def _training() -> TrainingFacts:
    return TrainingFacts(
        metric="average_precision",
        better="higher",
        why="LightGBM is best at 0.652 ± 0.008; the next, a random forest, is 2.4 standard errors "
        "behind, and no simpler model comes within one.",
        candidates=(
            Candidate(
                "lightgbm",
                0.652,
                0.008,
                14,
                212.0,
                {"leaves": 47, "rate": 0.061842, "min_child": 40, "imbalance": "none"},
                None,
                True,
            ),
            Candidate("random_forest", 0.633, 0.009, 5, 148.0, {"trees": 400, "max_features": 0.3}),
            Candidate("logistic", 0.447, 0.011, 6, 31.0, {"penalty": "elasticnet", "C": 0.21}),
            Candidate("tree", 0.41, 0.015, 3, 9.0, {"depth": 7}),
            Candidate("knn", 0.302, 0.012, 2, 55.0, {"k": 25}),
            Candidate("prior", 0.0081, 0.0002, 1, 0.1),
            Candidate(
                "svm_rbf",
                skipped="1,403,324 rows are too many for its kernel matrix (limit 20,000)",
            ),
            Candidate("naive_bayes", skipped="the time budget was spent"),
        ),
        imbalance=(
            ImbalanceFact("none", 0.912, 0.652, None, None, True),
            ImbalanceFact("class_weights", 0.917, 0.631, 0.005, -0.021),
            ImbalanceFact("smote", 0.921, 0.574, 0.009, -0.078),
            ImbalanceFact("adasyn", skipped="it cannot place a category between two others"),
        ),
        imbalance_words="Resampling raised ROC AUC and lowered average precision, as it tends to: "
        "nothing was done about the rare class but to choose the threshold.",
        trials=30,
        seconds=463.0,
        folds=4,
    )


def _data() -> DataFacts:
    return DataFacts(
        source="data/transactions.parquet",
        fingerprint="9f2c" * 16,
        train=1_403_324,
        validation=350_831,
        test=N,
        fitted=1_403_324,
        apart=61_204,
        quarantined=212,
        dropped_duplicates=31,
        unlabelled=8,
        period=("2018-04-01", "2018-09-30"),
        classes={"no": 0.9919, "yes": 0.0081},
        columns=(
            ColumnFact("tx_time", "time", "time", 0.0, 1_390_112),
            ColumnFact("amount", "number", "feature", 0.0, 62_119, 0.043),
            ColumnFact("age_band", "category", "feature", 0.0213, 7),
            ColumnFact("is_night", "boolean", "feature", 0.0, 2),
            ColumnFact("merchant_note", "text", "feature", 0.412, 310_441, None, "mostly empty"),
        ),
        left_out=(
            LeftOut("tx_id", "id-like", "a different value in every row"),
            LeftOut("currency", "constant", "always EUR"),
            LeftOut("settled_at", "ignored", "in train.ignore"),
        ),
        quarantine={"amount is negative": 140, "tx_time cannot be read": 72},
        quarantine_file="quarantine.jsonl",
        notes=("4 infinite values of amount were taken as missing.",),
    )


def _leakage() -> tuple[Finding, ...]:
    return (
        Finding(
            "alone beats all others",
            ("chargeback_code",),
            Severity.SUSPECT,
            "Alone it reaches an average precision of 0.71, all other columns together 0.66.",
            "A column that knows more than all others may be written after the outcome is known.",
            "Ask when it is filled; if after the payment, add it to train.ignore.",
        ),
    )


def _lineage() -> LineageFacts:
    return LineageFacts(
        declaration_hash="41d7" * 16,
        code_version="keel 0.1.0",
        seed=7,
        model_sha256="c0ffee" + "12" * 29,
        parity_max_abs_diff=3.1e-7,
        libraries={"numpy": "2.4.0", "scikit-learn": "1.9.0", "lightgbm": "4.7.0"},
        parameters={"num_leaves": 47, "learning_rate": 0.061842, "objective": "binary"},
        machine="Linux x86-64, 2 cores",
    )


HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> ' & ${7*7} % for x in y: <%",
    "k" * 10_000,
    "naïve 名前 🦈 العمر",
    "\u202egnp.exe\u202c \u2066x",
    "line\nbreak\r\n\x00\x1b[31m | pipe ` tick `` two",
    "]]></style></script><!-- --",
    "\ud800 lone",
    "![x](http://evil.example/x.png) [l](javascript:alert(1)) # h",
)


def hostile_card() -> CardContent:
    """Every text a person or a table can supply, at its worst."""
    full, bad, nan = classify_card(), HOSTILE, math.nan
    everything = " ".join(bad)
    many = tuple(bad[i % len(bad)] + str(i) for i in range(400))
    return replace(
        full,
        description=everything,
        algorithm=bad[0],
        statements=CardSpec(intended_use=everything, owner=bad[1], known_harms=bad[4]),
        promises=tuple(
            PromiseFact(text, outcome, text, nan, nan, nan, 3, ">=", 0.5)
            for text in bad
            for outcome in ("kept", "broken", "undecided", "pending")
        ),
        protocol=everything,
        figures=tuple(Figure(text, Estimate(nan, nan, nan, 0), note=text) for text in many),
        data=replace(
            full.data,
            source=everything,
            classes={text: 1 / len(many) for text in many},
            columns=tuple(ColumnFact(text, "category", note=text) for text in many),
            left_out=tuple(LeftOut(text, text, text) for text in many),
            quarantine=dict.fromkeys(many, 1),
            quarantine_file=bad[0],
            notes=many,
        ),
        confusion=Confusion(
            bad, bad, [[1] * len(bad)] * len(bad), (Threshold(bad[0], nan, bad[1], bad[2]),)
        ),
        classify=ClassifyPoints(
            precision_recall=tuple(Curve(text, [0.0, nan, 1.0], [nan, 0.5, 0.5]) for text in many),
            roc=(Curve(bad[0], [], []),),
        ),
        slices=replace(
            full.slices,
            slices=tuple(
                SliceFact(text, text, 1, Estimate(nan, nan, nan, 1), nan, True) for text in many
            ),
        ),
        importance=ImportanceFacts(
            bad[0],
            Importances(
                tuple(Importance(bad, Estimate(0.1, 0.0, 0.2, 9)) for _ in many), 0.1, 9, 5, 7
            ),
        ),
        training=replace(
            full.training,
            why=everything,
            candidates=tuple(Candidate(text, 0.1, 0.1, parameters={text: text}) for text in many)
            + tuple(Candidate(text, skipped=text) for text in many),
            imbalance=tuple(ImbalanceFact(text, skipped=text) for text in many),
        ),
        leakage=tuple(
            Finding(text, (text,) * 9, Severity.SUSPECT, text, text, text) for text in many
        ),
        lineage=replace(
            full.lineage,
            code_version=bad[0],
            libraries={bad[0]: bad[1]},
            parameters={bad[0]: bad[1]},
        ),
        declaration=everything * 50,
    )

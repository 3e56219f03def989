"""Classification metrics agree with scikit-learn, ties and all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from keel.metrics.bootstrap import point
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_measure


def binary(label, score, threshold=0.5):
    score = np.asarray(score, dtype=np.float64)
    return Evidence(
        TaskName.CLASSIFY,
        np.stack([1 - score, score], axis=1),
        np.asarray(label, dtype=np.int64),
        "made up",
        ("no", "yes"),
        decision=(score >= threshold).astype(np.int64),
    )


def value(text, evidence):
    return point(parse_measure(text), evidence)


cases = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.6, 0.9, 1.0])),
    min_size=2,
    max_size=60,
).filter(lambda rows: len({label for label, _ in rows}) == 2)


@settings(max_examples=30)
@given(cases)
def test_binary_figures_agree_with_scikit_learn(rows):
    label, score = (np.array(column) for column in zip(*rows, strict=True))
    evidence = binary(label, score)
    decision = evidence.decision
    expected = {
        "roc_auc": sk.roc_auc_score(label, score),
        "average_precision": sk.average_precision_score(label, score),
        "accuracy": sk.accuracy_score(label, decision),
        "balanced_accuracy": sk.balanced_accuracy_score(label, decision),
        "recall": sk.recall_score(label, decision),
        "specificity": sk.recall_score(label, decision, pos_label=0),
        "f1": sk.f1_score(label, decision, zero_division=0),
        "mcc": sk.matthews_corrcoef(label, decision),
        "brier": sk.brier_score_loss(label, score),
        "log_loss": sk.log_loss(label, evidence.output),
        "expected_cost": np.mean(label != decision),
    }
    for name, figure in expected.items():
        assert value(name, evidence) == pytest.approx(figure, abs=1e-9), name
    if decision.any():
        assert value("precision", evidence) == pytest.approx(sk.precision_score(label, decision))


@settings(max_examples=30)
@given(cases, st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_recall_at_precision_and_its_converse_follow_their_definitions(rows, level):
    label, score = (np.array(column) for column in zip(*rows, strict=True))
    evidence = binary(label, score)
    precision, recall, _ = sk.precision_recall_curve(label, score)
    # scikit-learn adds the point (recall 0, precision 1), at which nothing is flagged.
    precision, recall = precision[:-1], recall[:-1]
    assert value(f"recall at precision {level}", evidence) == pytest.approx(
        recall[precision >= level - 1e-12].max(initial=0.0)
    )
    assert value(f"precision at recall {level}", evidence) == pytest.approx(
        precision[recall >= level - 1e-12].max()
    )


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(3, 6))
def test_figures_of_many_classes_are_macro_means(seed, classes):
    random = np.random.default_rng(seed)
    label = np.concatenate([np.arange(classes), random.integers(0, classes, 40)])
    output = random.dirichlet(np.ones(classes), len(label))
    names = tuple(f"c{code}" for code in range(classes))
    evidence = Evidence(TaskName.CLASSIFY, output, label, "made up", names)
    decision = output.argmax(axis=1)
    macro = {"average": "macro", "zero_division": 0}
    expected = {
        "roc_auc": sk.roc_auc_score(label, output, multi_class="ovr"),
        "average_precision": sk.average_precision_score(label, output),
        "precision": sk.precision_score(label, decision, **macro),
        "recall": sk.recall_score(label, decision, **macro),
        "f1": sk.f1_score(label, decision, **macro),
        "balanced_accuracy": sk.balanced_accuracy_score(label, decision),
        "mcc": sk.matthews_corrcoef(label, decision),
        "log_loss": sk.log_loss(label, output),
        "brier": sk.brier_score_loss(label, output, labels=range(classes)),
        "roc_auc for c1": sk.roc_auc_score(label == 1, output[:, 1]),
        "recall for c0": sk.recall_score(label == 0, decision == 0),
    }
    for name, figure in expected.items():
        assert value(name, evidence) == pytest.approx(figure, abs=1e-9), name


def test_ranking_figures_of_the_example_in_the_scikit_learn_manual():
    # https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score
    evidence = binary([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    assert value("average_precision", evidence) == pytest.approx(0.8333, abs=1e-4)
    assert value("roc_auc", evidence) == 0.75


def test_a_figure_that_does_not_exist_is_nan():
    nothing_flagged = binary([0, 1, 1], [0.1, 0.2, 0.3])
    one_class = binary([0, 0, 0], [0.1, 0.2, 0.9])
    assert np.isnan(value("precision", nothing_flagged))
    assert np.isnan(value("roc_auc", one_class))
    assert np.isnan(value("average_precision", one_class))
    assert np.isnan(value("recall", one_class))
    assert np.isnan(value("accuracy", binary([], [])))


def test_expected_cost_weighs_errors_as_declared():
    evidence = binary([0, 0, 1, 1], [0.9, 0.1, 0.9, 0.1])
    costly = Evidence(**{**evidence.__dict__, "costs": (1.0, 10.0)})
    assert value("expected_cost", evidence) == 0.5
    assert value("expected_cost", costly) == pytest.approx(11 / 4)


def test_calibration_error_is_the_mean_gap_over_bins():
    # Two bins: at 0.25 a share of 1/4 came true, at 0.75 all of it: gaps 0 and 0.25.
    evidence = binary([1, 0, 0, 0, 1, 1, 1, 1], [0.25] * 4 + [0.75] * 4)
    assert value("expected_calibration_error", evidence) == pytest.approx(0.125)


def test_calibration_error_of_many_classes_is_about_the_likeliest():
    output = np.array([[0.6, 0.2, 0.2]] * 4)
    evidence = Evidence(TaskName.CLASSIFY, output, np.array([0, 0, 0, 1]), "m", ("a", "b", "c"))
    assert value("expected_calibration_error", evidence) == pytest.approx(0.15)

"""Metrics are found by their place, and wrong words for them are explained."""

import pytest

from keel.metrics.catalog import better, check, find, metrics
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure, parse_measure, parse_promise
from keel.spec.tokens import GrammarError

CLASSIFY, REGRESS = TaskName.CLASSIFY, TaskName.REGRESS


def objection(text, task=CLASSIFY, classes=None, columns=None, **more):
    with pytest.raises(GrammarError) as caught:
        check(parse_measure(text), task, classes, columns, text=text, **more)
    return str(caught.value)


def test_every_metric_says_what_it_is_and_where_that_comes_from():
    for metric in metrics():
        assert metric.definition, metric.title
        assert metric.source, metric.title
    for task in TaskName:
        titles = [metric.title for metric in metrics() if task in metric.tasks]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    "metric", metrics(), ids=lambda metric: f"{min(metric.tasks)}: {metric.title}"
)
def test_every_metric_can_be_asked_for(metric):
    level = {None: None, "k": 10, "precision": 0.9, "recall": 0.9}[metric.at]
    by = "sex" if metric.by == "needed" else None
    measure = Measure(metric.name, metric.at, level, by=by)
    check(parse_measure(str(measure)), min(metric.tasks), ("no", "yes"), ("sex",))
    task = min(metric.tasks)
    assert find(measure, task) is metric
    assert better(measure, task) == metric.better


def test_a_misspelt_metric_is_pointed_at_with_the_nearest_name():
    promise = parse_promise("beats champion on average_precison by 0.01")
    with pytest.raises(GrammarError) as caught:
        check(promise.measure, CLASSIFY, text=promise.text)
    message = str(caught.value)
    assert "'average_precison' is not a metric: did you mean 'average_precision'?" in message
    assert message.splitlines()[-1] == " " * 4 + " " * 18 + "^"


def test_a_metric_of_another_task_is_refused():
    assert "rmse is not a metric of classify" in objection("rmse")
    assert "roc_auc is not a metric of regress" in objection("roc_auc", REGRESS)


def test_a_metric_at_the_wrong_level_lists_the_right_ones():
    assert "write `f1`" in objection("f1 at precision 0.9")
    assert "`lift at 100`" in objection("lift")
    assert "at most 1, not 90" in objection("recall at precision 90")
    assert "whole number" in objection("precision at 10.5")


def test_classes_and_columns_must_exist():
    message = objection("recall for yess by sx", classes=("no", "yes"), columns=("sex", "age"))
    assert "'yess' is not a class of the label: did you mean 'yes'?" in message
    assert "'sx' is not a column of the table: did you mean 'sex'?" in message
    check(parse_measure("recall for yess by sx"), CLASSIFY)


def test_figures_that_compare_groups_need_a_column_and_others_refuse_one():
    assert "by COLUMN" in objection("demographic_parity_ratio")
    assert "has no groups" in objection("latency_p99 by sex")
    assert "about all classes" in objection("accuracy for yes")
    assert "not counted per day" in objection("roc_auc per day")


def test_only_what_is_asked_about_day_by_day_counts_units():
    assert "only `precision at 100` counts" in objection("recall at 9 per day of card")
    assert "whole number of card" in objection("precision at 0.1 per day of card")
    assert "leave one out" in objection("precision at 9 per day of card by region")
    check(parse_measure("precision at 9 per day of card"), CLASSIFY)


def test_a_bias_cannot_rank_models():
    check(Measure("bias"), REGRESS)
    assert "does not say which of two models is better" in objection("bias", REGRESS, ranks=True)

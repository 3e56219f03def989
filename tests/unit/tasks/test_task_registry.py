"""Tasks are found by name."""

import pytest

from keel.metrics.catalog import check
from keel.spec.kinds import TaskName
from keel.tasks.registry import find_labelled, find_task, tasks


def test_every_task_name_has_its_task():
    assert set(tasks()) == set(TaskName)
    for name in tasks():
        assert find_task(name).name is name
        assert find_task(name.value) is find_task(name)


def test_a_word_that_is_no_task_is_refused():
    with pytest.raises(ValueError, match="guess"):
        find_task("guess")


def test_a_task_without_a_label_reads_none():
    assert find_labelled("detect").name is TaskName.DETECT
    with pytest.raises(ValueError, match="recommend reads no label"):
        find_labelled("recommend")


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c"), tuple(map(str, range(500)))])
def test_tasks_report_only_what_they_can_be_asked(classes):
    for name, task in tasks().items():
        for measure in task.report(classes):
            check(measure, name, classes)

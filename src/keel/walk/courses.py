"""The course of each task."""

from typing import Any

from keel.data.check import Checked
from keel.data.infer import infer_task
from keel.spec.kinds import TaskName
from keel.spec.system import System
from keel.tasks.registry import find_task
from keel.walk.course import Course
from keel.walk.tables.course import TableCourse


def task_of(system: System, checked: Checked) -> TaskName:
    """The declared task, else what the label's column lends itself to."""
    return system.task or infer_task(checked.table.column(system.labelled.column).kind)


def find_course(task: TaskName) -> Course[Any, Any, Any]:
    """How a system of this task walks."""
    return TableCourse(find_task(task))

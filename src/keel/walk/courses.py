"""The course of each task."""

from collections.abc import Callable
from typing import Any

from keel.data.check import Checked
from keel.data.infer import infer_task
from keel.spec.kinds import TaskName
from keel.spec.system import System
from keel.tasks.registry import find_labelled
from keel.walk.course import Course
from keel.walk.detect.course import DetectCourse
from keel.walk.recommend.course import RecommendCourse
from keel.walk.tables.course import TableCourse

COURSES: dict[TaskName, Callable[[], Course[Any, Any, Any]]] = {
    TaskName.CLASSIFY: lambda: TableCourse(find_labelled(TaskName.CLASSIFY)),
    TaskName.REGRESS: lambda: TableCourse(find_labelled(TaskName.REGRESS)),
    TaskName.DETECT: lambda: DetectCourse(find_labelled(TaskName.DETECT)),
    TaskName.RECOMMEND: RecommendCourse,
}


def task_of(system: System, checked: Checked) -> TaskName:
    """The declared task, else what the label's column lends itself to."""
    return system.task or infer_task(checked.table.column(system.labelled.column).kind)


def find_course(task: TaskName) -> Course[Any, Any, Any]:
    """How a system of this task walks."""
    return COURSES[task]()

"""Every task there is, found by its place in this folder: a module with a `TASK`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from keel import tasks as folder
from keel.spec.kinds import TaskName
from keel.tasks.task import LabelledTask, Task

SEAMS = ("registry", "task", "class_names")


@cache
def tasks() -> dict[TaskName, Task]:
    """All tasks by name."""
    names = [module.name for module in iter_modules(folder.__path__) if module.name not in SEAMS]
    found = [import_module(f"{folder.__name__}.{name}").TASK for name in names]
    return {task.name: task for task in found}


def find_task(name: TaskName | str) -> Task:
    """The task called `name`. Raises ValueError for a word that is no task."""
    return tasks()[TaskName(name)]


def find_labelled(name: TaskName | str) -> LabelledTask:
    """The task called `name`, which reads a label. Raises ValueError for one that does not."""
    task = find_task(name)
    if not isinstance(task, LabelledTask):
        raise ValueError(f"{name} reads no label")
    return task

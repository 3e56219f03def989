"""The kinds a column can be of and the tasks a system can have."""

from enum import StrEnum

from keel.errors import InputError
from keel.spec.nearest import did_you_mean


class Kind(StrEnum):
    """What the values of a column mean, whatever their physical type."""

    NUMBER = "number"
    CATEGORY = "category"
    BOOLEAN = "boolean"
    TIME = "time"
    TEXT = "text"
    SEQUENCE = "sequence"


class TaskName(StrEnum):
    """What is asked, not which algorithm answers."""

    CLASSIFY = "classify"
    REGRESS = "regress"
    RECOMMEND = "recommend"
    DETECT = "detect"


LABELLED = frozenset({TaskName.CLASSIFY, TaskName.REGRESS})
"""Tasks that cannot learn without a label."""


def read_task(word: str) -> TaskName:
    """The task that a command line names. Raises InputError with the nearest spelling."""
    names = sorted(task.value for task in TaskName)
    if word not in names:
        raise InputError(f"{word!r} is not a task: {did_you_mean(word, names)}")
    return TaskName(word)

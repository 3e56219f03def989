"""The kinds a column can be of and the tasks a system can have."""

from enum import StrEnum


class Kind(StrEnum):
    """What the values of a column mean, whatever their physical type."""

    NUMBER = "number"
    CATEGORY = "category"
    BOOLEAN = "boolean"
    TIME = "time"
    TEXT = "text"


class TaskName(StrEnum):
    """What is asked, not which algorithm answers."""

    CLASSIFY = "classify"
    REGRESS = "regress"

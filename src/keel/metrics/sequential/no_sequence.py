"""Why a figure has no interval that holds at every look at a part of the traffic."""

from keel.metrics.catalog import find
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure


def no_sequence(measure: Measure, task: TaskName) -> str | None:
    """The reason in one clause, or None if the figure has such an interval."""
    metric = find(measure, task)
    if metric.no_sequence:
        return metric.no_sequence
    if measure.per_day:
        return "it is of whole days of all traffic, of which this is a part"
    cases = measure.at == "k" and task is not TaskName.RECOMMEND
    if cases and measure.level is not None and measure.level >= 1:
        return f"what the first {measure.level:g} of more and more cases are changes as they come"
    return None

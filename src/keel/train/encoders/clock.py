"""Times as places on the circles of the day and the week, which time does not leave behind."""

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encoders.calendar import FittedCalendar, present_times, varied_parts

ROUNDS = 2
"""A circle must have been gone round so often: before, every next hour or day is a first one."""

_DAY = 86_400_000_000
CIRCLES = (
    (_DAY, ("hour sin", "hour cos")),
    (7 * _DAY, ("weekday sin", "weekday cos")),
)
"""Microseconds of a round, and its parts."""


class Clock:
    """The hour and the weekday on a circle each, where the fitting rows go round it at least twice;
    NaN where missing. What only grows is left out: to a model of what is usual every later day
    would look odd."""

    name = "clock"
    kinds = frozenset({Kind.TIME})

    def fit(self, sample: Sample) -> FittedCalendar:
        parts = []
        for column in sample.columns.iter_columns():
            times = present_times(column)
            span = int(times.max()) - int(times.min()) if len(times) else 0
            seen = [name for turn, names in CIRCLES if span >= ROUNDS * turn for name in names]
            parts.append(varied_parts(times, 0, seen))
        names = tuple(sample.columns.columns)
        return FittedCalendar(names, (0,) * len(names), tuple(parts))


ENCODER = Clock()

"""A second way to set an algorithm, for where nothing can tell which setting is better."""

import numpy as np

from keel.train.algorithm import Choice, Range, Space, Value


def second_setting(space: Space) -> dict[str, Value]:
    """Of each choice the second option, of each range the point halfway from the default to the
    farther end, on the range's own scale. Everything moves at once."""
    return {name: _second(choice) for name, choice in space.items()}


def _second(choice: Choice | Range) -> Value:
    if isinstance(choice, Choice):
        return choice.options[min(1, len(choice.options) - 1)]
    low, default, high = choice.low, choice.default, choice.high
    if choice.log:
        low, default, high = (float(np.log(end)) for end in (low, default, high))
    farther = high if high - default >= default - low else low
    middle = (default + farther) / 2
    value = float(np.exp(middle)) if choice.log else middle
    return round(value) if choice.whole else value

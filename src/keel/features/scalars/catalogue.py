"""The whitelist: every function that a feature expression may call, by each of its names."""

from keel.features.scalars.choices import CHOICES
from keel.features.scalars.function import Function
from keel.features.scalars.numbers import NUMBERS
from keel.features.scalars.texts import TEXTS
from keel.features.scalars.times import TIMES

GROUPS: dict[str, tuple[Function, ...]] = {
    "Numbers": NUMBERS,
    "Texts": TEXTS,
    "Times": TIMES,
    "Choices": CHOICES,
}

FUNCTIONS: dict[str, Function] = {
    name: function
    for group in GROUPS.values()
    for function in group
    for name in (function.name, *function.aliases)
}

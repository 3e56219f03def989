"""Values of libraries as JSON and back: NumPy's scalars, and the numbers that JSON lacks."""

import math
from collections.abc import Mapping

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_json(value: object) -> object:
    """`value` of plain types, with a word for NaN and the infinities: people write `C=inf`."""
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    number = plain(value) if hasattr(value, "item") else value
    if isinstance(number, float) and not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return number


def from_json(value: object) -> object:
    """What `to_json` was given, tuples as lists."""
    if isinstance(value, dict):
        return {key: from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    return _WORDS.get(value, value) if isinstance(value, str) else value


def plain(value: object) -> object:
    """The plain value of a NumPy scalar or a read-only mapping, for an encoder that asks."""
    if isinstance(value, Mapping):
        return dict(value)
    item = getattr(value, "item", None)
    if item is None:
        raise NotImplementedError(f"a version cannot record a {type(value).__name__}: {value!r}")
    return item()

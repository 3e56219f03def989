"""Which columns of a request evidence needs, whether or not the version answers from them."""

from collections.abc import Mapping
from typing import Any

from keel.spec.promise import parse_promise


def evidence_columns(declaration: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns that tell a declaration's examples apart, say whose they are, and those that its
    promises compare or count; each once.

    declaration: as a version records it.
    """
    table: Mapping[str, Any] = next(iter(declaration.get("data", {}).values()), {})
    entities = {**declaration.get("entities", {}), **table.get("entities", {})}
    names = [table.get("key"), *entities.values()]
    for text in declaration.get("promises", ()):
        measure = parse_promise(text).measure
        if measure is not None:
            names += [measure.by, measure.of]
    return tuple(dict.fromkeys(name for name in names if name is not None))

"""The packages that answering needs, at the versions that are installed here."""

import re
from collections.abc import Collection, Iterator
from importlib.metadata import PackageNotFoundError, distribution

from keel.errors import EnvironmentFailure

PACKAGE = "keel-ml"
LEARNING = ("lightgbm", "onnx", "optuna", "scikit-learn", "scipy")
"""What only training needs; lists of `recommend` need scipy too."""

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def pin_requirements(*, without: Collection[str], extras: Collection[str] = ()) -> tuple[str, ...]:
    """`name==version` of what Keel requires, of these `extras` too, and of all that these require
    in turn, sorted; `without` is left out, but for what others need.

    Raises EnvironmentFailure where Keel runs from a folder and is not installed.
    """
    try:
        wanted = list(_required(PACKAGE, extras))
    except PackageNotFoundError as error:
        raise EnvironmentFailure(
            f"{PACKAGE} is not installed here, so what it requires is not known: pip install it"
        ) from error
    found: dict[str, str] = {}
    left = [name for name in wanted if _normal(name) not in without]
    while left:
        name = _normal(left.pop())
        if name in found:
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            # Of another platform, or of an extra: pip finds out there what it needs.
            continue
        found[name] = f"{name}=={installed.version}"
        left += _required(name, ())
    return tuple(sorted(found.values()))


def _required(name: str, extras: Collection[str]) -> Iterator[str]:
    for line in distribution(name).requires or ():
        requirement, _, marker = line.partition(";")
        of_extra = _EXTRA.search(marker)
        match = _NAME.match(requirement)
        if match is not None and (of_extra is None or of_extra[1] in extras):
            yield match[0]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

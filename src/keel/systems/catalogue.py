"""Makes a reference system into a system of one's own."""

import re
import shutil
from pathlib import Path

from keel.errors import DeclarationError, InputError
from keel.systems.reference import find_reference
from keel.systems.source import fetch
from keel.train.progress import Tell, silent

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def copy(
    name: str, like: str, into: Path, data: Path | None = None, tell: Tell = silent
) -> tuple[Path, ...]:
    """A system called `name` in the folder `into`: the declaration of the reference system
    `like`, its README, and its tables in `into/data`. The files written, the declaration first.

    data: a copy of the data set on this machine; without it the data set is simulated, or
    downloaded from its official address. If anything fails, `into` is as it was before.

    Raises NotFound for an unknown `like`, DeclarationError for a name that no system can have,
    InputError when `into` holds a declaration already, and what `fetch` raises.
    """
    reference = find_reference(like)
    if not _NAME.fullmatch(name):
        raise DeclarationError(
            [f"{name!r} cannot name a system: small letters, digits, _ and -, a letter first"]
        )
    declaration = into / "keel.yaml"
    if declaration.exists():
        raise InputError(
            f"{declaration} is there already: run it with `keel run {into}`, or choose another name"
        )
    was_there = into.exists()
    try:
        tables = fetch(like, data, into / "data", tell)
        readme = into / "README.md"
        readme.write_text(reference.readme(), encoding="utf-8")
        declaration.write_text(_renamed(reference.text(), name), encoding="utf-8")
    except BaseException:
        _undo(into, was_there)
        raise
    return declaration, readme, *tables


def _renamed(text: str, name: str) -> str:
    return re.sub(r"^system: .*$", f"system: {name}", text, count=1, flags=re.MULTILINE)


def _undo(into: Path, was_there: bool) -> None:
    if not was_there:
        shutil.rmtree(into, ignore_errors=True)
        return
    (into / "keel.yaml").unlink(missing_ok=True)

"""From what a person asked for to a declared system: read one, or infer one and write it down."""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from keel.errors import DeclarationError, InputError, TableError
from keel.spec.feature_set import UsedSet
from keel.spec.kinds import LABELLED, read_task
from keel.spec.load import load_feature_set, load_system
from keel.spec.system import System, TableSpec
from keel.spec.write import write_system
from keel.train.progress import Tell

FILE = "keel.yaml"


@dataclass(frozen=True)
class Wanted:
    """What a command line or a call of `keel.run` asked for; None where nothing was said.

    where: a folder with a keel.yaml, a keel.yaml, or a table. into: where an inferred keel.yaml
    goes; beside the table if None.
    """

    where: str | None = None
    target: str | None = None
    table: str | None = None
    query: str | None = None
    name: str | None = None
    task: str | None = None
    test: str | None = None
    columns: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    time: str | None = None
    group: str | None = None
    minutes: float | None = None
    trials: int | None = None
    seed: int | None = None
    into: Path | None = None


@dataclass(frozen=True)
class Declared:
    """A system and the folder that its paths are relative to."""

    system: System
    base: Path
    file: Path | None = None


def declare(wanted: Wanted, tell: Tell) -> Declared:
    """The system to run.

    Raises DeclarationError or TableError; an existing keel.yaml that says something else is never
    overwritten.
    """
    if wanted.where is not None and wanted.table is not None:
        raise InputError("give a table either as WHERE or as --table, not both")
    if wanted.where is None and wanted.table is None:
        wanted = replace(wanted, where=".")
    if wanted.where is not None:
        file = _declaration_at(Path(wanted.where))
        if file is not None:
            _refuse_table_options(wanted, file)
            return read_declaration(file, overrides(wanted))
    declared = _infer(wanted)
    if declared.file is not None:
        write_declaration(declared.system, declared.file)
        tell(f"declared  wrote {declared.file}: edit it and `keel run {declared.file.parent}`")
    return declared


def read_declaration(file: Path, changes: Mapping[str, Any] | None = None) -> Declared:
    """The system that `file` declares, with `changes` laid over its keys."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DeclarationError(
            [f"no {file.name} in {file.parent}: make one with `keel new NAME --like fraud`"]
        ) from error
    except UnicodeDecodeError as error:
        raise DeclarationError([f"{file}: not UTF-8 text: {error.reason}"]) from error
    system = with_shared_features(
        load_system(text, str(file), _slug(file.absolute().parent.name)), file.parent
    )
    if changes:
        system = merge(system, changes)
    return Declared(system, file.parent, file)


def with_shared_features(system: System, base: Path) -> System:
    """The system with the features of every set that it uses; its own come last.

    base: the folder that paths start from. Raises DeclarationError for a file that is not there or
    not right, and for a name that stands for two features.
    """
    if not system.use:
        return system
    features: dict[str, str] = {}
    sets = dict(system.sets)
    problems: list[str] = []
    for name in system.use:
        try:
            text = (base / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"features.use: cannot read {base / name}: {error}")
            continue
        shared = load_feature_set(text, str(base / name))
        sets[name] = UsedSet(
            owner=shared.owner, description=shared.description, names=tuple(shared.features)
        )
        problems += _taken_twice(name, shared.features, {**(system.features or {}), **features})
        features |= shared.features
    if problems:
        raise DeclarationError(problems)
    features |= system.features or {}
    return system.model_copy(update={"features": features, "use": (), "sets": sets})


def _taken_twice(file: str, names: Iterable[str], taken: Collection[str]) -> list[str]:
    return [
        f"features.use: {file}: there is another feature {name!r}: give one of them another name"
        for name in names
        if name in taken
    ]


def merge(system: System, changes: Mapping[str, Any]) -> System:
    """`system` with `changes` laid over its keys, checked like a file."""
    declared = system.model_dump(mode="json", exclude_defaults=True)
    try:
        return System.model_validate(_merged(declared, changes))
    except ValidationError as error:
        raise DeclarationError(problems_of(error)) from error


def overrides(wanted: Wanted) -> dict[str, Any]:
    """What a command line changes in a declaration."""
    said: dict[str, Any] = {
        "minutes": wanted.minutes,
        "trials": wanted.trials,
        "seed": wanted.seed,
        "ignore": wanted.ignore or None,
    }
    train = {key: value for key, value in said.items() if value is not None}
    return {"train": train} if train else {}


def _refuse_table_options(wanted: Wanted, file: Path) -> None:
    said = {
        "--target": wanted.target,
        "--query": wanted.query,
        "--name": wanted.name,
        "--task": wanted.task,
        "--test": wanted.test,
        "--columns": wanted.columns,
        "--time": wanted.time,
        "--group": wanted.group,
        "--out": wanted.into,
    }
    given = [option for option, value in said.items() if value is not None]
    if given:
        raise InputError(f"{', '.join(given)} is for a table; {file} says it: edit the file")


def _declaration_at(where: Path) -> Path | None:
    if where.is_dir():
        return where / FILE
    return where if where.suffix in (".yaml", ".yml") else None


def _infer(wanted: Wanted) -> Declared:
    table = wanted.where if wanted.where is not None else str(wanted.table)
    task = None if wanted.task is None else read_task(wanted.task)
    if wanted.target is None and (task is None or task in LABELLED):
        told = f"say which column of {table} to learn: --target COLUMN"
        raise InputError(f"{told}; or --task detect to find odd rows, --task recommend for events")
    is_address = "://" in table
    if not is_address and not Path(table).exists():
        raise TableError(f"no table at {table}: give a file, or a folder with a {FILE}")
    base = Path(wanted.into or (Path() if is_address else Path(table).parent))
    _make(base)
    spec = TableSpec(
        table=table if is_address else relative_to(table, base),
        query=wanted.query,
        test=None if wanted.test is None else relative_to(wanted.test, base),
        columns=wanted.columns,
    )
    try:
        return _inferred(wanted, table, spec, base)
    except ValidationError as error:
        raise DeclarationError(problems_of(error)) from error


def problems_of(error: ValidationError) -> list[str]:
    """One line for each value that a declaration does not allow."""
    return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]


def _inferred(wanted: Wanted, table: str, spec: TableSpec, base: Path) -> Declared:
    # A declared system needs no inference.
    from keel.data.infer import infer_system

    system = infer_system(
        wanted.name or _slug(table),
        spec,
        wanted.target,
        base=base,
        task=None if wanted.task is None else read_task(wanted.task),
        ignore=wanted.ignore,
        time=wanted.time,
        group=wanted.group,
        trials=wanted.trials,
        minutes=wanted.minutes,
        seed=wanted.seed,
    )
    return Declared(system, base, base / FILE)


def write_declaration(system: System, file: Path) -> None:
    """Write `keel.yaml`; never over one that says something else."""
    _make(file.parent)
    text = write_system(system)
    if file.exists() and file.read_text(encoding="utf-8") != text:
        raise InputError(
            f"{file} is there already and says something else: run it with "
            f"`keel run {file.parent}`, or write the new one elsewhere with --out DIR"
        )
    try:
        file.write_text(text, encoding="utf-8")
    except PermissionError as error:
        raise InputError(
            f"cannot write {file}: {error.strerror}; name a folder of your own with --out DIR"
        ) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (PermissionError, FileExistsError) as error:
        raise InputError(f"cannot make the folder {folder}: {error.strerror}") from error


def relative_to(table: str, base: Path) -> str:
    """The path of a table as a declaration in `base` names it."""
    return os.path.relpath(Path(table).absolute(), base.absolute())


def _slug(table: str) -> str:
    stem = Path(re.sub(r"\?.*", "", table)).name.split(".")[0].lower()
    slug = re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")
    return (slug if slug[:1].isalpha() else f"table-{slug}".rstrip("-"))[:63]


def _merged(data: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(data)
    for key, value in changes.items():
        held = merged.get(key)
        merged[key] = _merged(held, value) if isinstance(held, dict) else value
    return merged

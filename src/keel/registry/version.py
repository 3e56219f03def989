"""One registered version, as the database knows it."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from keel.promises.verdict import Verdict
from keel.registry.jsonable import from_json
from keel.registry.record import Figure
from keel.registry.tables import aliases, versions


class Status(StrEnum):
    """What became of a version when it was registered; it never changes."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    HELD = "held"


@dataclass(frozen=True)
class Version:
    """A version with the evidence that lists and comparisons need.

    `digest` names its artifact; the artifact's `version.json` has the whole record. `aliases`
    point at it now: of `champion`, `challenger`, `previous`.
    """

    system: str
    number: int
    status: Status
    aliases: tuple[str, ...]
    digest: str
    task: str
    algorithm: str
    created_at: datetime
    declaration_hash: str
    data_fingerprint: str
    code_version: str
    declaration: dict[str, object]
    seeds: dict[str, int]
    libraries: dict[str, str]
    parameters: dict[str, object]
    metrics: dict[str, Figure]
    verdicts: tuple[Verdict, ...]
    seconds: dict[str, float]

    def __str__(self) -> str:
        return f"{self.system}@{self.number}"


_COLUMNS = tuple(field.name for field in fields(Version))


def select_versions() -> sa.Select[Any]:
    """Every column of the versions and, in `aliases`, what points at each."""
    pointing = (
        sa.select(sa.func.aggregate_strings(aliases.c.name, ","))
        .where(aliases.c.system == versions.c.system, aliases.c.number == versions.c.number)
        .correlate(versions)
        .scalar_subquery()
    )
    return sa.select(*versions.c, pointing.label("aliases"))


def version_of(row: sa.RowMapping) -> Version:
    """The version in a row of `select_versions`."""
    pointing = row["aliases"] or ""
    values = {name: row[name] for name in _COLUMNS} | {
        "aliases": sorted(pointing.split(",")) if pointing else (),
        "parameters": from_json(row["parameters"]),
    }
    return msgspec.convert(values, Version)


def read_version(connection: Connection, system: str, number: int) -> Version:
    """The version with this number, which must exist."""
    query = select_versions().where(versions.c.system == system, versions.c.number == number)
    return version_of(connection.execute(query).mappings().one())

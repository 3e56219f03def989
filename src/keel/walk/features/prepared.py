"""The features of a declaration over its checked tables; it needs to learn nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from keel.data.check import Checked
from keel.data.check_system import check_system
from keel.data.table import Table
from keel.errors import DeclarationError
from keel.features.build import plan_system, tables_of
from keel.features.plan import FeaturePlan
from keel.settings import Settings
from keel.spec.kinds import TaskName
from keel.spec.system import System
from keel.train.progress import Tell


@dataclass(frozen=True, eq=False)
class FeaturesPrepared:
    """Features and what they are computed from: each declared table, by its name."""

    system: System
    checked: Checked
    plan: FeaturePlan
    tables: Mapping[str, Table]

    @cached_property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The rows of each declared table."""
        return {name: table.read() for name, table in self.tables.items()}


def prepare_features(
    system: System, base: Path, settings: Settings, tell: Tell
) -> FeaturesPrepared:
    """Read every declared table and plan the features.

    Raises DeclarationError for a system without features or one that recommends, and what
    `check_system` raises.
    """
    if not system.features:
        raise DeclarationError(
            [f"{system.system} declares no features: add `features: {{NAME: EXPRESSION}}`"]
        )
    if system.task is TaskName.RECOMMEND:
        raise DeclarationError([f"{system.system} recommends: it learns from interactions alone"])
    checked = check_system(system, base, settings)
    for line in checked.told:
        tell(f"data      {line}")
    plan = plan_system(checked, system)
    return FeaturesPrepared(system, checked, plan, tables_of(checked, system))

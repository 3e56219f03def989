"""The version that is exported."""

import re
from dataclasses import dataclass
from pathlib import Path

from keel.registry.record import Record
from keel.registry.version import Version
from keel.train.export.exported import Exported


@dataclass(frozen=True, eq=False)
class Subject:
    """A version whose files were verified, in `folder`."""

    version: Version
    folder: Path
    record: Record
    exported: Exported

    @property
    def system(self) -> str:
        """Its system as Keel calls it."""
        return self.version.system

    @property
    def name(self) -> str:
        """Its system as images and clusters may call it: small letters, digits and dashes."""
        return re.sub(r"[^a-z0-9]+", "-", self.system.lower()).strip("-")[:40] or "system"

    @property
    def looks_up(self) -> bool:
        """Whether it takes features from events of entities, which are in a store of their own."""
        return bool(self.exported.signature.tables)

"""Where Keel keeps things: environment variables read once, at the door."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Places and addresses. The scheme of a URL picks the backend."""

    home: Path
    database: str
    blobs: str

    @property
    def scratch(self) -> Path:
        """Where half-made things live until they are whole; safe to delete when nothing runs."""
        return self.home / "scratch"

    @property
    def tables(self) -> Path:
        """Content-addressed snapshots of the tables that versions were trained on."""
        return self.home / "tables"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `KEEL_*`, with defaults that need nothing but a folder."""
    home = Path(environment.get("KEEL_HOME", ".keel")).absolute()
    return Settings(
        home=home,
        database=environment.get("KEEL_DATABASE", f"sqlite:///{home / 'keel.db'}"),
        blobs=environment.get("KEEL_BLOBS", (home / "versions").as_uri()),
    )

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
    online: str
    tokens: str | None = None
    answer_log: str = "drop"
    traces: str | None = None
    traces_sample: str = "1"

    @property
    def scratch(self) -> Path:
        """Where half-made things live until they are whole; safe to delete when nothing runs."""
        return self.home / "scratch"

    @property
    def answers(self) -> Path:
        """What was answered: see `keel.serve.answers`."""
        return self.home / "answers"

    @property
    def run(self) -> Path:
        """What the processes of a server tell each other, by the port that it listens at."""
        return self.home / "run"

    @property
    def tables(self) -> Path:
        """Content-addressed snapshots of the tables that versions were trained on."""
        return self.home / "tables"

    @property
    def refused(self) -> Path:
        """Rows that were sent as events and are none, by system."""
        return self.home / "refused"


def share_processors() -> None:
    """Let threads that wait for work sleep, not spin.

    OpenMP spins by default: on a machine with anything else to do a fit on two threads then takes
    20 times as long. It is read when a learning library is loaded, so a door calls this first.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `KEEL_*`, with defaults that need nothing but a folder."""
    home = Path(environment.get("KEEL_HOME", ".keel")).absolute()
    return Settings(
        home=home,
        database=environment.get("KEEL_DATABASE", f"sqlite:///{home / 'keel.db'}"),
        blobs=environment.get("KEEL_BLOBS", (home / "versions").as_uri()),
        online=environment.get("KEEL_ONLINE", f"sqlite:///{home / 'online.db'}"),
        tokens=environment.get("KEEL_TOKENS"),
        answer_log=environment.get("KEEL_ANSWER_LOG", "drop"),
        traces=environment.get("KEEL_TRACES") or None,
        traces_sample=environment.get("KEEL_TRACES_SAMPLE", "1"),
    )

"""Where a system stands, as it is shown: its champion, its releases, and what they were asked."""

from pathlib import Path

import msgspec
from sqlalchemy.engine import Engine

from keel.monitor.arm_traffic import ArmTraffic, arm_traffic
from keel.releases.show import ShownRelease, shown
from keel.releases.status import read_status


class ShownStatus(msgspec.Struct, frozen=True):
    """What answers for a system: the numbers of its champion and of the one before; the release in
    flight and what its arms were asked; the latest releases that are over."""

    system: str
    champion: int | None
    previous: int | None
    release: ShownRelease | None
    traffic: list[ArmTraffic]
    ended: list[ShownRelease]


def show_status(engine: Engine, answers: Path | None, system: str) -> ShownStatus:
    """Where `system` stands now. answers: the folder of them, if they are kept. Raises NotFound."""
    status = read_status(engine, system)
    release = status.release
    return ShownStatus(
        status.system,
        status.champion,
        status.previous,
        None if release is None else shown(release),
        [] if release is None or answers is None else arm_traffic(answers, release),
        [shown(ended) for ended in status.ended],
    )

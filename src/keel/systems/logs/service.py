"""The logs system's table: a service's log, simulated unless somebody has their own."""

import shutil
from pathlib import Path

from keel.errors import TableError
from keel.systems.logs.simulate import Size, incident_rows, simulate
from keel.train.progress import Tell

LOG, INCIDENTS = "service.log", "incidents.csv"


def write(into: Path, data: Path | None, tell: Tell) -> tuple[Path, ...]:
    """`service.log` and `incidents.csv`: of the default size, or the log at `data` without any
    known incidents, which may be written into the file by hand."""
    if data is not None:
        return _copy(into, data)
    return write_service(into, Size(), tell)


def write_service(into: Path, size: Size, tell: Tell) -> tuple[Path, ...]:
    """A simulated log of `size`."""
    simulation = simulate(size)
    log, incidents = into / LOG, into / INCIDENTS
    log.write_text("\n".join(simulation.lines) + "\n", encoding="utf-8")
    incidents.write_text("\n".join(incident_rows(simulation.incidents)) + "\n", encoding="utf-8")
    tell(
        f"data      simulated {len(simulation.lines):,} lines of {size.days} days with "
        f"{len(simulation.incidents)} incidents (seed {size.seed})"
    )
    return log, incidents


def _copy(into: Path, data: Path) -> tuple[Path, ...]:
    if not data.is_file():
        raise TableError(f"there is no log at {data}: name a file, or leave --data out")
    log, incidents = into / LOG, into / INCIDENTS
    shutil.copyfile(data, log)
    incidents.write_text("start,end,what\n", encoding="utf-8")
    return log, incidents

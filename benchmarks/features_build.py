"""`keel features build` of more events than memory holds: its peak memory, against 4 GiB.

Events of 50,000 cards over half a year, with a label of text that is known a week later; eight
windowed features of them for examples drawn at any time. The command runs once, in a process of its
own with two threads, on Parquet files that another process wrote. Bar: 4 GiB resident, pages of
files included.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from figures import Figure, report

BAR_GB = 4.0
ENTITIES = 50_000
SPAN_US = 180 * 86_400 * 1_000_000
GROUP = 5_000_000
EVERY_S = 0.5
DECLARED = """\
data:
  payments: {table: payments.parquet, key: id, time: at}
entities: {card: card}
label: {column: fraud, positive: "yes", known_after: 7d}
features:
  n: count() over 1h, 1d, 7d by card
  spent: sum(amount) over 1d, 7d by card
  usual: mean(amount) over 30d by card
  most: max(amount) over 7d by card
  risk: mean(fraud) over 30d by card
"""


@dataclass(frozen=True)
class Peak:
    """The most that a process held at once, in GiB: in all, and without pages of files."""

    resident: float
    anonymous: float


def main() -> int:
    """Print what the command took; 1 if the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--examples", type=int, default=10_000_000)
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the rows")
    parser.add_argument("--folder", type=Path, help="where to work: about 250 bytes an event")
    parser.add_argument("--only-write", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only_write:
        _write_examples(given.folder / "examples.parquet", given.examples)
        _write_events(given.folder / "payments.parquet", given.events)
        return 0
    with tempfile.TemporaryDirectory(dir=given.folder) as home:
        share = 16 if given.quick else 1
        return _measured(Path(home), given.events // share, given.examples // share)


def _measured(folder: Path, events: int, examples: int) -> int:
    (folder / "keel.yaml").write_text(DECLARED)
    sizes = ["--events", str(events), "--examples", str(examples), "--folder", str(folder)]
    subprocess.run([sys.executable, __file__, *sizes, "--only-write"], check=True)
    asked, into = folder / "examples.parquet", folder / "built.parquet"
    command = ["features", "build", str(folder), "--for", str(asked), str(into)]
    settings = {"KEEL_HOME": str(folder / ".keel"), "POLARS_MAX_THREADS": "2"}
    before, began = _cpu_s(), time.perf_counter()
    peak = _watch([sys.executable, "-m", "keel", *command], os.environ | settings)
    wall, cpu = time.perf_counter() - began, _cpu_s() - before
    rows = _rows(into)
    assert rows == examples, (rows, examples)
    print(
        f"{rows:,} rows of {events:,} events: {wall:.0f} s, {cpu:.0f} processor seconds; "
        f"{peak.resident:.2f} GiB, {peak.anonymous:.2f} of them no pages of files"
    )
    label = f"{examples:,} x {events:,}: GiB in all"
    return report([Figure(label, peak.resident, BAR_GB, "lower")], "Features larger than memory")


def _watch(command: list[str], settings: dict[str, str]) -> Peak:
    """Run a command to its end, looking at its memory now and then. Raises CalledProcessError."""
    resident = anonymous = 0
    with subprocess.Popen(command, env=settings) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            held = dict(line.split(":", 1) for line in status.splitlines())
            # A process that has just ended holds nothing.
            if "RssAnon" in held:
                resident = max(resident, int(held["VmHWM"].split()[0]))
                anonymous = max(anonymous, int(held["RssAnon"].split()[0]))
            time.sleep(EVERY_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Peak(resident / 2**20, anonymous / 2**20)


def _cpu_s() -> float:
    """Processor seconds of all children that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _rows(file: Path) -> int:
    import pyarrow.parquet as pq

    return pq.ParquetFile(file).metadata.num_rows


def _write_examples(file: Path, rows: int) -> None:
    def part(chance, _begin: int, size: int):
        return {"card": chance.integers(0, ENTITIES, size), "at": chance.integers(0, SPAN_US, size)}

    _write(file, rows, part)


def _write_events(file: Path, rows: int) -> None:
    import numpy as np

    def part(chance, begin: int, size: int):
        # As they came: each part is later than those before.
        low, high = SPAN_US * begin // rows, SPAN_US * (begin + size) // rows
        return {
            "id": np.arange(begin, begin + size),
            "at": np.sort(chance.integers(low, high, size)),
            "card": chance.integers(0, ENTITIES, size),
            "amount": chance.gamma(2.0, 20.0, size).round(2),
            "fraud": np.where(chance.random(size) < 0.01, "yes", "no"),
        }

    _write(file, rows, part)


def _write(file: Path, rows: int, part) -> None:
    """Row group by row group, so that making rows takes little memory. part: columns of so many
    rows from a given one on."""
    import numpy as np
    import polars as pl
    import pyarrow.parquet as pq

    chance, writer = np.random.default_rng(1), None
    for begin in range(0, rows, GROUP):
        frame = pl.DataFrame(part(chance, begin, min(GROUP, rows - begin)))
        start = pl.lit(1_767_225_600_000_000)
        frame = frame.with_columns((pl.col("at") + start).cast(pl.Datetime("us")))
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
    writer.close()


if __name__ == "__main__":
    sys.exit(main())

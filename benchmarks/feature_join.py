"""Point-in-time joins against bare engines: what tables say of an entity as of each row's time.

One table of 5 M rows for 1 M rows that ask, of 50 k entities; and three of 1 M for 100 k. All sort
by time, and of equal times take the greater key (DuckDB's ASOF JOIN has no such rule); rows come
back in their order. Each engine runs three times in a process of its own, and the best counts;
memory is above the inputs. Bars: 1.5 times the processor seconds and the memory of the best bare
engine.

`--large` joins 100 M rows to 10 M from Parquet files, part by part on disk; bar: 4 GiB in all.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from feature_runs import measure, run_all
from figures import Figure, report

BAR, LARGE_BAR_GB = 1.5, 4.0
SHAPES = {"one table": (1_000_000, 5_000_000, 1), "three tables": (100_000, 1_000_000, 3)}
LARGE = (10_000_000, 100_000_000)
ENTITIES = 50_000
SPAN_US = 180 * 86_400 * 1_000_000
ENGINES = ("keel", "polars", "duckdb")
SLICE = 1_000_000


def main() -> int:
    """Print a line per engine and the ratios; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", nargs="?", choices=ENGINES)
    parser.add_argument("--shape", nargs=3, type=int)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--shrink", type=int, default=1, help="so many times fewer rows")
    given = parser.parse_args()
    if given.engine is not None:
        return {"keel": _keel, "polars": _polars, "duckdb": _duckdb}[given.engine](*given.shape)
    if given.large:
        return _large(LARGE[0] // given.shrink, LARGE[1] // given.shrink)
    figures = []
    for name, (asked, rows, tables) in SHAPES.items():
        shape = [str(asked // given.shrink), str(rows // given.shrink), str(tables)]
        print(f"{name}: {shape[0]} rows that ask, {tables} x {shape[1]} rows")
        runs = run_all(__file__, ENGINES, ["--shape", *shape])
        keel = runs.pop("keel")
        for what, of in (("processor seconds", "cpu_s"), ("memory", "peak_mb")):
            shown = {engine: getattr(run, of) for engine, run in runs.items()}
            ratio = getattr(keel, of) / min(shown.values())
            label = f"{name}: {what}, times the best engine's"
            figures.append(Figure(label, ratio, BAR, "lower", shown))
    return report(figures, "Point-in-time joins")


def _asking(rows: int):
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(1)
    entity = pl.Series(chance.integers(0, ENTITIES, rows)).cast(pl.String)
    return pl.DataFrame({"entity": entity, "time": chance.integers(0, SPAN_US, rows)})


def _table(rows: int, seed: int):
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "key": np.arange(rows),
            "entity": pl.Series(chance.integers(0, ENTITIES, rows)).cast(pl.String),
            "time": np.sort(chance.integers(0, SPAN_US, rows)),
            f"first {seed}": chance.normal(size=rows),
            f"second {seed}": chance.normal(size=rows),
        }
    )


def _figures(tables: int):
    from keel.features.figure import AS_OF, Reading
    from keel.features.figure import Figure as Declared
    from keel.spec.kinds import Kind

    return [
        Declared(AS_OF, Reading(f"t{i}", name), "entity", None, 0, Kind.NUMBER, name)
        for i in range(tables)
        for name in (f"first {i}", f"second {i}")
    ]


def _events(table, number: int):
    from keel.features.events import Events
    from keel.features.figure import Reading

    values = {Reading(f"t{number}", c): table[c] for c in table.columns if c.endswith(f" {number}")}
    return Events(table["key"], table["time"], {"entity": table["entity"]}, values)


def _keel(asked: int, rows: int, tables: int) -> int:
    from keel.features.events import Rows
    from keel.features.offline import find_figures

    asking = _asking(asked)
    events = {f"t{i}": _events(_table(rows, i), i) for i in range(tables)}
    asking_rows = Rows(asking["time"], {"entity": asking["entity"]})
    figures = _figures(tables)
    return measure(lambda: find_figures(figures, events, asking_rows), 3)


def _polars(asked: int, rows: int, tables: int) -> int:
    asking = _asking(asked)
    all_tables = [_table(rows, i) for i in range(tables)]

    def make():
        found = asking.with_row_index("row").sort("time")
        for table in all_tables:
            ordered = table.sort("time", "key").drop("key")
            found = found.join_asof(ordered, on="time", by="entity", check_sortedness=False)
        found = found.sort("row").drop("row", "entity", "time")
        return {name: found[name] for name in found.columns}

    return measure(make, 3)


def _duckdb(asked: int, rows: int, tables: int) -> int:
    import duckdb
    import polars as pl

    connection = duckdb.connect()
    connection.register("asking", _asking(asked).with_row_index("row").to_arrow())
    joins, columns = [], []
    for i in range(tables):
        connection.register(f"t{i}", _table(rows, i).to_arrow())
        on = f"asking.entity = t{i}.entity and asking.time >= t{i}.time"
        joins.append(f"asof left join t{i} on {on}")
        columns += [f't{i}."first {i}"', f't{i}."second {i}"']
    query = f"select row, {', '.join(columns)} from asking {' '.join(joins)} order by row"

    def make():
        found = pl.from_arrow(connection.execute(query).to_arrow_table()).drop("row")
        return {name: found[name] for name in found.columns}

    return measure(make, 3)


def _large(asked: int, rows: int) -> int:
    from keel.features.events import Rows
    from keel.features.in_parts import find_in_parts

    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        _write(folder, asked, rows)
        began, cpu = time.perf_counter(), time.process_time()
        events = (_events(table, 0) for table in _read(folder / "table.parquet"))
        asking = (
            Rows(table["time"], {"entity": table["entity"]})
            for table in _read(folder / "asking.parquet")
        )
        (folder / "scratch").mkdir()
        count, known = 0, 0
        for columns in find_in_parts(_figures(1), {"t0": events}, asking, folder / "scratch"):
            count += len(columns["first 0"])
            known += int(columns["first 0"].is_not_null().sum())
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{count:,} rows, {known:,} of them known, {wall:.0f} s, {cpu:.0f} processor seconds")
    figures = [Figure(f"{asked:,} x {rows:,}: GiB in all", peak, LARGE_BAR_GB, "lower")]
    return report(figures, "A join larger than memory")


def _write(folder: Path, asked: int, rows: int) -> None:
    """Tables in slices, so that making them does not take the memory that is measured."""
    import polars as pl
    import pyarrow.parquet as pq

    for name, count in (("asking", asked), ("table", rows)):
        writer = None
        for number, begin in enumerate(range(0, count, SLICE)):
            size = min(SLICE, count - begin)
            part = _asking(size) if name == "asking" else _table(size, 0)
            if name == "table":
                later = number * (SPAN_US // (count // SLICE + 1))
                part = part.with_columns(
                    pl.col("key") + begin,
                    pl.col("time") // (count // SLICE + 1) + later,
                )
            table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writer.write_table(table)
        writer.close()


def _read(file: Path):
    import polars as pl
    import pyarrow.parquet as pq

    # Batches of one reader keep all before them in memory.
    for number in range(pq.ParquetFile(file).num_row_groups):
        yield pl.from_arrow(pq.ParquetFile(file).read_row_group(number))


if __name__ == "__main__":
    sys.exit(main())

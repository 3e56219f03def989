"""Windowed features of transactions against bare engines: 16 of them, over 1 h, 1 d, 7 d and 30 d
by customer.

All find the same: windows open at both ends, rows in the order in which they came, sorting
included. Each engine runs three times in a process of its own, and the best counts; memory is above
the inputs. Bars: 1.3 times the seconds and the processor seconds of the best bare engine.
"""

import argparse
import sys

from feature_runs import measure, run_all
from figures import Figure, report

ROWS, CUSTOMERS, DAYS = 2_000_000, 5_000, 180
BAR = 1.3
HOUR_US = 3_600_000_000
WINDOWS = {"1h": 1, "1d": 24, "7d": 168, "30d": 720}
AGGREGATES = ("count", "sum", "mean", "max")
ENGINES = ("keel", "polars", "duckdb")


def main() -> int:
    """Print a line per engine and the ratios; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", nargs="?", choices=ENGINES)
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args()
    if given.engine is not None:
        return {"keel": _keel, "polars": _polars, "duckdb": _duckdb}[given.engine](given.rows)
    print(f"{given.rows:,} rows, {CUSTOMERS:,} customers, 16 features")
    runs = run_all(__file__, ENGINES, ["--rows", str(given.rows)])
    keel, peers = runs.pop("keel"), runs
    figures = []
    for what, of in (("seconds", "wall_s"), ("processor seconds", "cpu_s"), ("memory", "peak_mb")):
        shown = {name: getattr(run, of) for name, run in peers.items()}
        ratio = getattr(keel, of) / min(shown.values())
        figures.append(Figure(f"{what}, times the best engine's", ratio, BAR, "lower", shown))
    return report(figures, "Windowed features")


def _table(rows: int):
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "key": np.arange(rows),
            "customer": pl.Series(chance.integers(0, CUSTOMERS, rows)).cast(pl.String),
            "time": np.sort(chance.integers(0, DAYS * 86_400, rows)) * 1_000_000,
            "amount": np.round(chance.gamma(1.5, 40, rows), 2),
        }
    )


def _keel(rows: int) -> int:
    from keel.features.events import Events, Rows
    from keel.features.figure import Figure as Declared
    from keel.features.figure import Reading
    from keel.features.offline import find_figures
    from keel.spec.kinds import Kind

    table = _table(rows)
    amount = Reading("tx", "amount")
    customer = {"customer": table["customer"]}
    events = Events(table["key"], table["time"], customer, {amount: table["amount"]})
    asked = Rows(table["time"], customer, table["key"])
    figures = [
        Declared(name, amount, "customer", hours * HOUR_US, 0, Kind.NUMBER, f"{name} {window}")
        for window, hours in WINDOWS.items()
        for name in AGGREGATES
    ]
    return measure(lambda: find_figures(figures, {"tx": events}, asked), 3)


def _polars(rows: int) -> int:
    import polars as pl

    table = _table(rows).with_columns(pl.col("time").cast(pl.Datetime("us")), one=pl.lit(1.0))
    value = pl.col("amount")

    def over(window: str):
        return {
            f"count {window}": pl.col("one").rolling_sum_by("time", window, closed="none"),
            f"sum {window}": value.rolling_sum_by("time", window, closed="none"),
            f"mean {window}": value.rolling_mean_by("time", window, closed="none"),
            f"max {window}": value.rolling_max_by("time", window, closed="none"),
        }

    found = [
        expression.over("customer").alias(name)
        for window in WINDOWS
        for name, expression in over(window).items()
    ]
    names = [expression.meta.output_name() for expression in found]

    def make():
        ordered = table.sort("customer", "time", maintain_order=True)
        columns = ordered.with_columns(found).sort("key").select(names)
        return {name: columns[name] for name in names}

    return measure(make, 3)


def _duckdb(rows: int) -> int:
    import duckdb
    import polars as pl

    table = _table(rows).to_arrow()
    connection = duckdb.connect()
    connection.register("tx", table)
    calls = {"count": "count(amount)", "sum": "sum(amount)", "mean": "avg(amount)"}
    calls["max"] = "max(amount)"
    columns = [
        f'{calls[name]} over w{window} as "{name} {window}"'
        for window in WINDOWS
        for name in AGGREGATES
    ]
    windows = [
        f"w{window} as (partition by customer order by time range between "
        f"{hours * HOUR_US - 1} preceding and 1 preceding)"
        for window, hours in WINDOWS.items()
    ]
    query = f"select key, {', '.join(columns)} from tx window {', '.join(windows)} order by key"

    def make():
        found = pl.from_arrow(connection.execute(query).to_arrow_table()).drop("key")
        return {name: found[name] for name in found.columns}

    return measure(make, 3 if rows <= 100_000 else 1)


if __name__ == "__main__":
    sys.exit(main())

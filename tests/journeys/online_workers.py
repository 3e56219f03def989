"""What processes do to online features in the journey of several of them."""

import sys

import polars as pl

from keel.backends.open_online import open_online
from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.features.online.online_features import OnlineFeatures
from keel.spec.kinds import Kind

AMOUNT = Reading("payments", "amount")
FIGURES = [
    Figure("count", AMOUNT, "customer", None, 0, Kind.NUMBER, "count"),
    Figure("sum", AMOUNT, "customer", None, 0, Kind.NUMBER, "sum"),
]
END = 10**9


def opened(url: str) -> OnlineFeatures:
    """The features of the journey."""
    return OnlineFeatures(open_online(url), "journey", FIGURES)


def payments(begin: int, end: int, customers: int, amount: float = 1.0) -> Events:
    """Events of keys from `begin` up to `end`, of customers by turns."""
    keys = range(begin, end)
    return Events(
        pl.Series(keys, dtype=pl.Int64),
        pl.Series([key % 1000 for key in keys], dtype=pl.Int64),
        {"customer": pl.Series([f"c{key % customers}" for key in keys], dtype=pl.String)},
        {AMOUNT: pl.Series([amount] * len(keys), dtype=pl.Float64)},
    )


def ask(features: OnlineFeatures, customers: int) -> list[tuple[float, float]]:
    """Count and sum of each customer."""
    names = [f"c{i}" for i in range(customers)]
    found = features.figures(Rows(pl.Series([END] * customers), {"customer": pl.Series(names)}))
    return [
        (count, total or 0.0) for count, total in zip(found["count"], found["sum"], strict=True)
    ]


def write(url: str, begin: int, end: int, batch: int, customers: int) -> None:
    """Write in batches, and say the end of each that is acknowledged."""
    features = opened(url)
    for at in range(begin, end, batch):
        until = min(at + batch, end)
        features.write("payments", payments(at, until, customers), [b"live"] * (until - at))
        sys.stdout.write(f"{until}\n")
        sys.stdout.flush()


def fill(url: str, begin: int, end: int, customers: int) -> None:
    """Backfill."""
    opened(url).fill("payments", payments(begin, end, customers, 5.0), [b"old"] * (end - begin))


def read(url: str, customers: int, total: int) -> None:
    """Ask until all is there: counts only grow, and sums are those of the events counted."""
    features, before = opened(url), 0.0
    while before < total:
        found = ask(features, customers)
        counted = sum(count for count, _ in found)
        assert counted >= before, (counted, before)
        assert all(count <= said <= 5 * count for count, said in found), found
        before = counted


if __name__ == "__main__":
    act, url, *numbers = sys.argv[1:]
    {"write": write, "fill": fill, "read": read}[act](url, *map(int, numbers))

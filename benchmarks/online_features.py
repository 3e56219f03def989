"""Online features beside bare SQLite: the same rows, read and written, in the same run.

Figures are ratios to what SQLite itself takes for these rows, or milliseconds where that is the
bar. Times are medians unless a percentile is named; `chrt -r 1` keeps other work out of them.
"""

import argparse
import multiprocessing
import multiprocessing.connection
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import polars as pl

from figures import Figure as Measured
from figures import report
from keel.backends.open_online import open_online
from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.features.offline import find_figures
from keel.features.online.online_features import OnlineFeatures
from keel.lifecycle import run
from keel.serve.runtime import Runtime
from keel.serve.take_events import take_events
from keel.settings import read_settings
from keel.spec.kinds import Kind
from keel.spec.system import System
from keel.store import open_store
from keel.train.progress import silent

HOUR_US = 3600 * 10**6
DAY_US = 24 * HOUR_US
WINDOWS = {"1h": HOUR_US, "1d": DAY_US, "7d": 7 * DAY_US, "30d": 30 * DAY_US}
NAMES = ("count", "sum", "mean", "max", "std")
EACH = Reading("payments", "")
AMOUNT = Reading("payments", "amount")
CHANNEL = Reading("payments", "channel")
COUNTED = {
    "distinct_count": (CHANNEL, Kind.CATEGORY, 10_000),
    "approx_distinct_count": (CHANNEL, Kind.CATEGORY, None),
    "top_k": (CHANNEL, Kind.CATEGORY, 3),
    "quantile": (AMOUNT, Kind.NUMBER, 0.9),
}
"""Figures that need to know how often each value occurs."""
NOW_US = 1_700_000_000 * 10**6

ENTITIES = 1000
EVENTS_EACH = 300
BATCH = 1000
HOT = 1_000_000
MANY = 160_000


def main() -> int:
    """Measure all; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the hot key's events")
    events = HOT // 10 if parser.parse_args().quick else HOT
    found: list[Measured] = []
    for measure in (reads, many, writes, requests, partial(hot, events), visible, redis):
        with TemporaryDirectory() as folder:
            found += measure(Path(folder))
    return report(found, "Online features")


def figures(kind: str = "customer") -> list[Figure]:
    """Twenty windowed figures of one kind of entity."""
    return [
        Figure(
            name,
            EACH if name == "count" else AMOUNT,
            kind,
            window,
            0,
            Kind.NUMBER,
            f"{kind} {name} {said}",
        )
        for name in NAMES
        for said, window in WINDOWS.items()
    ]


def counted() -> list[Figure]:
    """Sixteen windowed figures of how often values occur."""
    return [
        Figure(name, reading, "customer", window, 0, kind, f"{name} {said}", parameter)
        for name, (reading, kind, parameter) in COUNTED.items()
        for said, window in WINDOWS.items()
    ]


def payments(
    count: int, customers: int, *, seed: int = 7, begin: int = 0, days: float = 30
) -> Events:
    """Events in the order of their time."""
    drawn = np.random.default_rng(seed)
    time_us = np.sort(NOW_US - (drawn.random(count) * days * DAY_US).astype(np.int64))
    return Events(
        pl.Series([f"tx-{begin + i:010d}" for i in range(count)]),
        pl.Series(time_us),
        {
            "customer": pl.Series(drawn.integers(0, customers, count)).cast(pl.String),
            "terminal": pl.Series(drawn.integers(0, 2 * customers, count)).cast(pl.String),
        },
        {
            EACH: pl.Series(np.ones(count)),
            AMOUNT: pl.Series(np.round(drawn.lognormal(3, 1, count), 2)),
            CHANNEL: pl.Series(drawn.integers(0, 50, count)).cast(pl.String),
        },
    )


def payloads(events: Events) -> list[bytes]:
    """Each event as it would have been sent."""
    frame = pl.DataFrame(
        {
            "key": events.key,
            "time": events.time,
            **events.entities,
            "amount": events.readings[AMOUNT],
        }
    )
    return [msgspec.json.encode(row) for row in frame.iter_rows(named=True)]


def slices(events: Events, size: int) -> Iterator[tuple[Events, list[bytes]]]:
    """Batches with their payloads."""
    said = payloads(events)
    for begin in range(0, len(events), size):
        part = slice(begin, begin + size)
        yield (
            Events(
                events.key[part],
                events.time[part],
                {name: values[part] for name, values in events.entities.items()},
                {reading: values[part] for reading, values in events.readings.items()},
            ),
            said[part],
        )


def reads(folder: Path) -> list[Measured]:
    """One entity and a hundred, beside an indexed read of the rows of their windows."""
    events = payments(ENTITIES * EVENTS_EACH, ENTITIES)
    bare = bare_store(folder / "bare.db")
    features = OnlineFeatures(open_online(f"sqlite:///{folder / 'online.db'}"), "bench", figures())
    for part, told in slices(events, BATCH):
        features.write("payments", part, told)
        bare_write(bare, part, told)
    asked = [str(i) for i in np.random.default_rng(1).integers(0, ENTITIES, 1000)]

    def one(i: int) -> None:
        features.figures(rows([asked[i]]))

    def bare_one(i: int) -> None:
        bare.execute(
            "SELECT time, amount FROM event WHERE customer = ? AND time > ? AND time < ?",
            (asked[i], NOW_US - 30 * DAY_US, NOW_US),
        ).fetchall()

    def bare_payload(i: int) -> None:
        bare.execute(
            "SELECT time, payload FROM event WHERE customer = ? AND time > ? AND time < ?",
            (asked[i], NOW_US - 30 * DAY_US, NOW_US),
        ).fetchall()

    ours, index, whole = timed(one, 1000), timed(bare_one, 1000), timed(bare_payload, 1000)
    found = []
    for share in (50, 99):
        mine, least, all_of_it = (np.percentile(taken, share) for taken in (ours, index, whole))
        peers = {"covering index": float(least), "whole rows": float(all_of_it), "ms": float(mine)}
        name = f"20 figures of {EVENTS_EACH} events, p{share}, times the read of these rows"
        found.append(Measured(name, float(mine / all_of_it), 3, "lower", peers))
    hundred = [str(i) for i in range(100)]
    taken = timed(lambda _: features.figures(rows(hundred)), 50)
    name = f"20 figures of 100 entities, {EVENTS_EACH} events each, ms"
    found.append(Measured(name, float(np.median(taken)), 10, "lower"))
    few = payments(ENTITIES * 20, ENTITIES * 10, seed=3, begin=10**6)
    small = OnlineFeatures(open_online(f"sqlite:///{folder / 'small.db'}"), "bench", figures())
    for part, told in slices(few, BATCH):
        small.write("payments", part, told)
    taken = timed(lambda _: small.figures(rows(hundred)), 50)
    name = "20 figures of 100 entities, 2 events each, ms"
    return [*found, Measured(name, float(np.median(taken)), 10, "lower")]


def many(folder: Path) -> list[Measured]:
    """A table of rows at once, beside the engine of history with the same events in memory."""
    events = payments(ENTITIES * EVENTS_EACH, ENTITIES)
    features = OnlineFeatures(open_online(f"sqlite:///{folder / 'online.db'}"), "bench", figures())
    features.fill("payments", events, [b"{}"] * len(events))
    asked = Rows(events.time[-MANY:], {"customer": events.entities["customer"][-MANY:]})
    ours = timed(lambda _: features.figures(asked), 3)
    theirs = timed(lambda _: find_figures(figures(), {"payments": events}, asked), 3)
    mine, least = float(np.median(ours)), float(np.median(theirs))
    name = f"20 figures of {MANY:,} rows, times the engine of history"
    return [Measured(name, mine / least, 5, "lower", {"seconds": mine / 1e3})]


def writes(folder: Path) -> list[Measured]:
    """Batches, beside bare inserts of the same rows with an index for each kind of entity."""
    wanted = [*figures("customer"), *figures("terminal")]
    ours, theirs, cpu = [], [], 0.0
    features = OnlineFeatures(open_online(f"sqlite:///{folder / 'online.db'}"), "bench", wanted)
    bare = bare_store(folder / "bare.db")
    events = payments(200_000, 2000)
    for part, told in slices(events, BATCH):
        begin = time.perf_counter()
        bare_write(bare, part, told)
        theirs.append(time.perf_counter() - begin)
        begin, used = time.perf_counter(), time.process_time()
        features.write("payments", part, told)
        ours.append(time.perf_counter() - begin)
        cpu += time.process_time() - used
    ratio = sum(ours) / sum(theirs)
    said("slowest batch, ms", max(ours) * 1e3)
    again = OnlineFeatures(open_online(f"sqlite:///{folder / 'filled.db'}"), "bench", wanted)
    told, begin = payloads(events), time.perf_counter()
    again.fill("payments", events, told)
    said("backfill, events a second", len(events) / (time.perf_counter() - begin))
    return [
        Measured(f"ingestion, batches of {BATCH}, times bare inserts", ratio, 2, "lower"),
        Measured("ingestion, events a processor second", len(events) / cpu, 20_000, "higher"),
    ]


def requests(folder: Path) -> list[Measured]:
    """Events from the bytes of a request to those of its answer, beside the store alone."""
    aggregates = {
        f"{name}_{kind}": f"{name}({read}) over 1h, 1d, 7d, 30d by {kind}"
        for name, read in zip(NAMES, ("", *["amount"] * 4), strict=True)
        for kind in ("customer", "terminal")
    }
    history = sent(payments(5_000, 2000, seed=9))
    fraud = np.random.default_rng(7).random(len(history)) < 0.1
    history.with_columns(fraud=pl.Series(fraud)).write_parquet(folder / "payments.parquet")
    declared = {
        "system": "pay",
        "task": "classify",
        "data": {"payments": {"table": "payments.parquet", "key": "key", "time": "time"}},
        "entities": {"customer": "customer", "terminal": "terminal"},
        "label": {"column": "fraud"},
        "features": {"amount": "amount", **aggregates},
        "train": {"models": ["logistic"], "trials": 1},
    }
    store = open_store(read_settings({"KEEL_HOME": str(folder / "home")}))
    run(System.model_validate(declared), base=folder, store=store, tell=silent)
    runtime = Runtime(store.engine, store.blobs, online=store.online)
    runtime.refresh()
    events = payments(60_000, 2000, begin=10**6)
    rows = sent(events).to_dicts()
    bodies = [
        msgspec.json.encode({"rows": rows[begin : begin + BATCH]}, enc_hook=str)
        for begin in range(0, len(rows), BATCH)
    ]
    wanted = [*figures("customer"), *figures("terminal")]
    bare = OnlineFeatures(open_online(f"sqlite:///{folder / 'bare.db'}"), "bench", wanted)
    ours = theirs = 0.0
    for body, (part, told) in zip(bodies, slices(events, BATCH), strict=True):
        used = time.process_time()
        take_events(runtime, "pay", body)
        ours += time.process_time() - used
        used = time.process_time()
        bare.write("payments", part, told)
        theirs += time.process_time() - used
    name = "events by request, a processor second"
    peers = {"times the store alone": ours / theirs}
    return [Measured(name, len(rows) / ours, 15_000, "higher", peers)]


def sent(events: Events) -> pl.DataFrame:
    """Events as rows of a declared table."""
    return pl.DataFrame(
        {
            "key": events.key,
            "time": events.time.cast(pl.Datetime("us")),
            **events.entities,
            "amount": events.readings[AMOUNT],
        }
    )


def hot(events: int, folder: Path) -> list[Measured]:
    """A key with a million events in its window beside one with a hundred."""
    return [
        *hot_key(events, "20 sums", figures(), folder / "sums.db"),
        *hot_key(events, "16 counts of values", counted(), folder / "counts.db"),
    ]


def hot_key(events: int, what: str, wanted: list[Figure], file: Path) -> list[Measured]:
    """Of some figures."""
    features = OnlineFeatures(open_online(f"sqlite:///{file}"), "bench", wanted)
    many = payments(events, 1, seed=5, days=29)
    few = payments(100, 1, seed=6, begin=events, days=29)
    few = Events(few.key, few.time, {"customer": pl.Series(["few"] * 100)}, few.readings)
    begin = time.perf_counter()
    features.fill("payments", many, [b"{}"] * events)
    said(f"{what}: backfill, events a second", events / (time.perf_counter() - begin))
    features.write("payments", few, [b"{}"] * 100)
    large = timed(lambda _: features.figures(rows(["0"])), 300)
    small = timed(lambda _: features.figures(rows(["few"])), 300)
    found = []
    for share in (50, 99):
        mine, other = np.percentile(large, share), np.percentile(small, share)
        name = f"{what} of a key of {events:,} events, p{share}, times one of 100"
        found.append(Measured(name, float(mine / other), 10, "lower", {"ms": float(mine)}))
    one = payments(1000, 1, seed=8, begin=2 * events, days=0.01)
    appended = [
        timed(lambda _, p=part, t=told: features.write("payments", p, t), 1)[0]
        for part, told in slices(one, 10)
    ]
    said(f"{what}: ten more events, ms", float(np.median(appended)))
    return found


def visible(folder: Path) -> list[Measured]:
    """From before an event is sent until another process that keeps asking sees it."""
    url = f"sqlite:///{folder / 'online.db'}"
    features = OnlineFeatures(open_online(url), "bench", figures())
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    watcher = context.Process(target=watch, args=(url, theirs))
    watcher.start()
    mine.recv()
    waits = []
    for i in range(200):
        sent = time.monotonic()
        event = payments(1, 1, seed=i, begin=i, days=0.5)
        features.write("payments", event, [b"{}"])
        waits.append((mine.recv() - sent) * 1e3)
    mine.send(None)
    watcher.join()
    name = "an event is seen by another process, p99, ms"
    return [Measured(name, float(np.percentile(waits, 99)), 50, "lower")]


def watch(url: str, pipe: multiprocessing.connection.Connection) -> None:
    """Ask again and again; tell when there is one event more."""
    features = OnlineFeatures(open_online(url), "bench", figures())
    pipe.send(0)
    seen = 0.0
    while not pipe.poll():
        count = features.figures(rows(["0"]))["customer count 30d"][0]
        if count > seen:
            pipe.send(time.monotonic())
            seen = count


def redis(folder: Path) -> list[Measured]:
    """Round trips, and how long they take on this machine; skipped where there is no Redis."""
    if shutil.which("redis-server") is None or find_spec("redis") is None:
        print("no Redis here: left out")
        return []
    file = folder / "redis.sock"
    words = ["--port", "0", "--unixsocket", str(file), "--dir", str(folder), "--appendonly", "yes"]
    server = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
    try:
        while not file.exists():
            time.sleep(0.05)
        from keel.backends.redis_online import RedisOnline

        store = RedisOnline(f"unix://{file}")
        features = OnlineFeatures(store, "bench", [*figures("customer"), *figures("terminal")])
        events = payments(30_000, 100)
        begin = time.perf_counter()
        for part, told in slices(events, BATCH):
            features.write("payments", part, told)
        said("Redis: ingestion, events a second", len(events) / (time.perf_counter() - begin))
        asked = Rows(
            pl.Series([NOW_US] * 20),
            {kind: pl.Series(map(str, range(20))) for kind in ("customer", "terminal")},
        )
        features.figures(asked)
        before = trips(file)
        taken = timed(lambda _: features.figures(asked), 100)
        each = (trips(file) - before) / 101
        said("Redis: 40 figures of 20 customers and terminals, ms", float(np.median(taken)))
        store.close()
    finally:
        server.terminate()
        server.wait()
    return [Measured("Redis: round trips of a request", each, 1, "lower")]


def trips(file: Path) -> int:
    """Scripts that were asked for so far."""
    import redis as driver

    with driver.Redis(unix_socket_path=str(file)) as client:
        return int(client.info("commandstats")["cmdstat_evalsha"]["calls"])


def rows(customers: list[str]) -> Rows:
    """One row for each, now."""
    return Rows(pl.Series([NOW_US] * len(customers)), {"customer": pl.Series(customers)})


def bare_store(file: Path) -> sqlite3.Connection:
    """A table of events with an index for each kind of entity."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        "CREATE TABLE event (key TEXT PRIMARY KEY, time INTEGER, customer TEXT, terminal TEXT, "
        "amount REAL, payload BLOB)"
    )
    for kind in ("customer", "terminal"):
        connection.execute(f"CREATE INDEX by_{kind} ON event ({kind}, time, amount)")
    return connection


def bare_write(connection: sqlite3.Connection, events: Events, told: list[bytes]) -> None:
    """One transaction."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?)",
        zip(
            events.key.to_list(),
            events.time.to_list(),
            events.entities["customer"].to_list(),
            events.entities["terminal"].to_list(),
            events.readings[AMOUNT].to_list(),
            told,
            strict=True,
        ),
    )
    connection.execute("COMMIT")


def timed(act: Callable[[int], object], times: int) -> list[float]:
    """Milliseconds of each call."""
    act(0)
    found = []
    for i in range(times):
        begin = time.perf_counter()
        act(i)
        found.append((time.perf_counter() - begin) * 1e3)
    return found


def said(name: str, value: float) -> None:
    """Print what has no bar."""
    print(f"{name}: {value:,.4g}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

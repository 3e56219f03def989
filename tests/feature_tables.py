"""Payments of customers at terminals, what is known of customers as time goes on, and logins."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

FIRST = dt.datetime(2026, 1, 1)
DAYS = 40
PAYMENTS = 400

DECLARATION = """
system: pay
task: classify
data:
  payments: {table: payments.parquet, key: tx_id, time: at}
  customers: {table: customers.csv, key: customer_id, time: since}
  logins: {table: logins.csv, key: login_id, time: when, known_after: 1h}
entities: {customer: customer_id, terminal: terminal_id}
label: {column: is_fraud, known_after: 7d}
features:
  use: shared/customer.yaml
  amount: amount
  night: hour(at) <= 6
  nights: sum(night) over 7d by customer
  share: spend_1d / spend_7d
  risk: mean(is_fraud) over 28d by terminal
  relative: amount / customers.income
  job: customers.job
  failed: count(where not ok) from logins over 14d by customer
  shops: last_n(terminal_id, 2) over lifetime by customer
  seen: last(at) over 30d by customer
  any_ok: max(ok) from logins over 30d by customer
train: {models: [logistic], trials: 1, minutes: 1}
promises: [roc_auc >= 0.5]
"""

SHARED = """
owner: customer team
features:
  spend: sum(amount) over 1d, 7d by customer
  payments_1h: count() over 1h by customer including self
"""


def write_feature_tables(folder: Path) -> None:
    """A declared system with its tables, and `examples.csv`, rows that ask for features."""
    draw = np.random.default_rng(0)
    payments = _payments(draw)
    payments.write_parquet(folder / "payments.parquet")
    _customers(draw).write_csv(folder / "customers.csv")
    _logins(draw).write_csv(folder / "logins.csv")
    asked = payments.select("tx_id", "customer_id", "terminal_id", "at").sample(30, seed=1)
    asked.write_csv(folder / "examples.csv")
    (folder / "shared").mkdir()
    (folder / "shared" / "customer.yaml").write_text(SHARED)
    (folder / "keel.yaml").write_text(DECLARATION)


def _moments(draw: np.random.Generator, count: int) -> list[dt.datetime]:
    minutes = draw.integers(0, 24 * 60 * DAYS, count).tolist()
    return [FIRST + dt.timedelta(minutes=minute) for minute in minutes]


def _payments(draw: np.random.Generator) -> pl.DataFrame:
    online = draw.random(PAYMENTS) < 0.5
    return pl.DataFrame(
        {
            "tx_id": np.arange(PAYMENTS),
            "at": _moments(draw, PAYMENTS),
            "customer_id": draw.integers(0, 12, PAYMENTS),
            "terminal_id": draw.integers(0, 9, PAYMENTS),
            "amount": draw.gamma(2 + 2 * online, 20).round(2),
            "is_fraud": draw.random(PAYMENTS) < 0.1 + 0.4 * online,
        }
    )


def _customers(draw: np.random.Generator) -> pl.DataFrame:
    since = [FIRST - dt.timedelta(days=5)] * 12 + [FIRST + dt.timedelta(days=20)] * 12
    return pl.DataFrame(
        {
            "customer_id": [*range(12), *range(12)],
            "since": since,
            "income": draw.integers(1, 9, 24) * 1000.0,
            "job": draw.choice(["clerk", "smith"], 24),
        }
    )


def _logins(draw: np.random.Generator) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "login_id": np.arange(100),
            "when": _moments(draw, 100),
            "customer_id": draw.integers(0, 12, 100),
            "ok": draw.random(100) < 0.7,
        }
    )

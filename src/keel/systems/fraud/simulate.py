"""Simulates card payments with three patterns of fraud, any number of them, from a seed."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.systems.fraud.population import (
    AGE_BANDS,
    CATEGORIES,
    Booleans,
    Customers,
    Floats,
    Integers,
    Terminals,
    compromised_customers,
    compromised_terminals,
    draw_customers,
    draw_terminals,
)

START = datetime(2025, 1, 1)
CHANNELS = ("chip", "contactless", "swipe", "online")
PATTERNS = ("none", "large amount", "compromised terminal", "compromised customer")

LARGE_AMOUNT = 220.0
"""Every payment above it is fraud: the pattern that any detector must find."""
_MULTIPLIED = 5.0
_MISUSED_SHARE = 1 / 3
_LARGE_SHARE = 0.0008
_AWAY_SHARE = 0.03
_DAY_S = 86_400

_CATEGORY_AMOUNT = np.array([0.8, 1.0, 0.7, 0.5, 1.2, 1.1, 1.5, 1.7, 0.4, 0.9])


@dataclass(frozen=True)
class Size:
    """How much to simulate. About 1.9 payments come of each customer and day."""

    customers: int = 1_000
    terminals: int = 2_000
    days: int = 80
    seed: int = 7


@dataclass(frozen=True, eq=False)
class Simulation:
    """payments: one row each, in the order of time. pattern: [n] numbers of PATTERNS, which no
    bank would know and no system may see."""

    payments: pl.DataFrame
    pattern: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class _Draw:
    """The payments before anybody interferes. second: since START; all arrays are [n]."""

    customer: Integers
    terminal: Integers
    second: Integers
    online: Booleans
    amount: Floats


def simulate(size: Size) -> Simulation:
    """Payments and, apart from them, the pattern of fraud behind each.

    1. A payment above 220 is fraud.
    2. A terminal is compromised for 28 days: every payment there is fraud, made with copied
       cards, hence more often swiped and not authenticated.
    3. A customer's card details are misused for 14 days: a third of the payments in that time
       are online, of five times the amount, from a device not seen before.

    The same size gives the same payments.

    Source: the three scenarios of Le Borgne, Siblini, Lebichot and Bontempi, Reproducible Machine
    Learning for Credit Card Fraud Detection (2022), chapter 3.2; channels, categories and devices
    are ours.
    """
    random = np.random.default_rng(size.seed)
    terminals = draw_terminals(size.terminals, random)
    customers = draw_customers(size.customers, terminals, random)
    draw = _draw(customers, terminals, size.days, random)
    day = draw.second // _DAY_S

    misused = compromised_customers(size.customers, size.days, random)[draw.customer, day]
    misused &= random.random(len(day)) < _MISUSED_SHARE
    online_shop = random.integers(terminals.shops, len(terminals), len(day))
    terminal = np.where(misused, online_shop, draw.terminal)
    online = draw.online | misused
    large = random.random(len(day)) < _LARGE_SHARE
    amount = draw.amount * np.where(misused, _MULTIPLIED, 1.0)
    amount = np.where(large, random.uniform(LARGE_AMOUNT + 1, 3 * LARGE_AMOUNT, len(day)), amount)
    skimmed = compromised_terminals(len(terminals), size.days, random)[terminal, day]
    skimmed &= ~online

    pattern = np.zeros(len(day), dtype=np.int8)
    pattern[skimmed] = 2
    pattern[amount > LARGE_AMOUNT] = 1
    pattern[misused] = 3
    moved = _moved_to_night(draw.second, pattern > 1, random)
    changed = _Draw(draw.customer, terminal, moved, online, np.round(amount, 2))
    order = np.argsort(moved, kind="stable")
    frame = _frame(changed, customers, terminals, pattern, random)[order]
    frame = frame.with_columns(tx_id=pl.int_range(pl.len(), dtype=pl.Int64))
    return Simulation(frame.select("tx_id", pl.exclude("tx_id")), pattern[order])


def _draw(
    customers: Customers, terminals: Terminals, days: int, random: np.random.Generator
) -> _Draw:
    count = random.poisson(customers.pace[:, None] * np.ones(days))
    customer = np.repeat(np.arange(len(customers.pace)), count.sum(axis=1))
    day = np.repeat(np.tile(np.arange(days), len(customers.pace)), count.ravel())
    n = len(customer)
    online = random.random(n) < customers.online[customer]
    # A square puts most payments into the few shops that a customer likes best.
    liked = (random.random(n) ** 2 * customers.nearby.shape[1]).astype(np.int64)
    terminal = customers.nearby[customer, liked]
    away = random.random(n) < _AWAY_SHARE
    terminal = np.where(away, random.integers(0, terminals.shops, n), terminal)
    shops_online = len(terminals) - terminals.shops
    popular = terminals.shops + (random.random(n) ** 3 * shops_online).astype(np.int64)
    terminal = np.where(online, popular, terminal)
    usual = customers.spend[customer] * _CATEGORY_AMOUNT[terminals.category[terminal]]
    amount = random.normal(usual, usual / 2)
    amount = np.where(amount < 0, random.uniform(0, 2 * usual), amount)
    # An honest payment above the limit is split or made by transfer, so that it is not here.
    amount = np.where(amount > LARGE_AMOUNT, random.uniform(20, LARGE_AMOUNT, n), amount)
    clock = random.normal(_DAY_S / 2, 20_000, n)
    clock = np.where((clock < 0) | (clock >= _DAY_S), random.uniform(0, _DAY_S, n), clock)
    second = day * _DAY_S + clock.astype(np.int64)
    return _Draw(customer, terminal, second, online, np.maximum(amount, 0.5))


def _moved_to_night(second: Integers, moved: Booleans, random: np.random.Generator) -> Integers:
    """Half of these payments happen between midnight and six on the same day."""
    night = moved & (random.random(len(second)) < 1 / 2)
    at_night = second - second % _DAY_S + random.integers(0, 6 * 3600, len(second))
    return np.where(night, at_night, second)


def _frame(
    draw: _Draw,
    customers: Customers,
    terminals: Terminals,
    pattern: NDArray[np.int8],
    random: np.random.Generator,
) -> pl.DataFrame:
    """What a card system writes down of each payment, in the order of the draw."""
    n = len(draw.customer)
    copied, stolen = pattern == 2, pattern == 3
    chip = np.where(copied, 0.15, 0.55)
    swipe = np.where(copied, 0.75, 0.03)
    at = random.random(n)
    channel = np.where(at < chip, 0, np.where(at < 1 - swipe, 1, 2))
    channel = np.where(draw.online, 3, channel)
    checked = np.where(copied, 0.15, np.where(stolen, 0.10, np.where(channel == 1, 0.75, 0.93)))
    device = np.where(stolen, 0.90, 0.05)
    abroad = np.where(copied | stolen, 0.25, 0.03)
    reach = np.linalg.norm(customers.home[draw.customer] - terminals.place[draw.terminal], axis=1)
    since = customers.card_since_days[draw.customer] + draw.second // _DAY_S
    columns = {
        "tx_time": np.datetime64(START, "us") + draw.second.astype("timedelta64[s]"),
        "customer_id": draw.customer,
        "terminal_id": draw.terminal,
        "amount": draw.amount,
        "channel": np.array(CHANNELS)[channel],
        "terminal_category": np.array(CATEGORIES)[terminals.category[draw.terminal]],
        "distance_km": np.round(reach, 1),
        "authenticated": random.random(n) < checked,
        "new_device": random.random(n) < device,
        "cross_border": random.random(n) < abroad,
        "card_age_days": since,
        "age_band": np.array(AGE_BANDS)[customers.age_band[draw.customer]],
        "is_fraud": pattern > 0,
    }
    frame = pl.DataFrame(columns)
    is_online = pl.col("channel") == "online"
    return frame.with_columns(
        distance_km=pl.when(~is_online).then("distance_km"),
        new_device=pl.when(is_online).then("new_device"),
    )

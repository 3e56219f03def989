"""Who pays and where: customers, terminals, and which of them are compromised when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

CATEGORIES = (
    "grocery",
    "fuel",
    "restaurant",
    "pharmacy",
    "fashion",
    "household",
    "electronics",
    "travel",
    "digital goods",
    "marketplace",
)
AGE_BANDS = ("18-29", "30-44", "45-59", "60+")

_SHOP_SHARES = np.array([0.28, 0.10, 0.22, 0.08, 0.14, 0.10, 0.06, 0.02, 0.0, 0.0])
_ONLINE_SHARES = np.array([0.04, 0.0, 0.08, 0.02, 0.20, 0.10, 0.14, 0.10, 0.16, 0.16])
_AGE_SHARES = np.array([0.22, 0.30, 0.28, 0.20])
_ONLINE_TERMINALS = 0.1
_SIDE_KM = 100.0
_NEARBY = 25

TERMINAL_DAYS = 28
"""For how long a compromised terminal stays so."""
CUSTOMER_DAYS = 14
"""For how long a customer's card details are misused."""
_TERMINALS_PER_DAY = 2 / 10_000
_CUSTOMERS_PER_DAY = 3 / 5_000


@dataclass(frozen=True, eq=False)
class Customers:
    """n customers. home: [n, 2] km. nearby: [n, k] numbers of the shops they go to.

    spend: usual amount of a payment. pace: payments a day. online: share of payments made online.
    """

    home: Floats
    nearby: Integers
    spend: Floats
    pace: Floats
    online: Floats
    age_band: Integers
    card_since_days: Integers


@dataclass(frozen=True, eq=False)
class Terminals:
    """m terminals, the first `shops` of them in places, the others online. place: [m, 2] km."""

    place: Floats
    category: Integers
    shops: int

    def __len__(self) -> int:
        return len(self.category)


def draw_terminals(count: int, random: np.random.Generator) -> Terminals:
    """`count` terminals, a tenth of them online."""
    online = max(1, round(count * _ONLINE_TERMINALS))
    shops = max(1, count - online)
    place = random.uniform(0, _SIDE_KM, (shops + online, 2))
    category = np.concatenate(
        [
            random.choice(len(CATEGORIES), shops, p=_SHOP_SHARES),
            random.choice(len(CATEGORIES), online, p=_ONLINE_SHARES),
        ]
    )
    return Terminals(place, category.astype(np.int64), shops)


def draw_customers(count: int, terminals: Terminals, random: np.random.Generator) -> Customers:
    """`count` customers who shop near their homes."""
    home = random.uniform(0, _SIDE_KM, (count, 2))
    known = min(_NEARBY, terminals.shops)
    _, nearby = cKDTree(terminals.place[: terminals.shops]).query(home, k=known)
    return Customers(
        home=home,
        nearby=np.asarray(nearby, dtype=np.int64).reshape(count, known),
        spend=random.uniform(5, 100, count),
        pace=random.uniform(0, 4, count),
        online=random.beta(2, 5, count),
        age_band=random.choice(len(AGE_BANDS), count, p=_AGE_SHARES).astype(np.int64),
        card_since_days=random.integers(30, 1500, count),
    )


def compromised_terminals(count: int, days: int, random: np.random.Generator) -> Booleans:
    """[terminals, days]: compromised on that day."""
    return _spells(count, days, _TERMINALS_PER_DAY, TERMINAL_DAYS, random)


def compromised_customers(count: int, days: int, random: np.random.Generator) -> Booleans:
    """[customers, days]: card details misused on that day."""
    return _spells(count, days, _CUSTOMERS_PER_DAY, CUSTOMER_DAYS, random)


def _spells(
    count: int, days: int, share_per_day: float, length: int, random: np.random.Generator
) -> Booleans:
    """Spells that begin at a constant rate, also before the first day, so that no day differs."""
    began = random.poisson(count * share_per_day, days + length - 1)
    first = np.repeat(np.arange(days + length - 1) - (length - 1), began)
    member = random.integers(0, count, len(first))
    struck = np.zeros((count, days), dtype=bool)
    for offset in range(length):
        day = first + offset
        inside = (day >= 0) & (day < days)
        struck[member[inside], day[inside]] = True
    return struck

"""The simulator makes what its README says, for any size and from a seed."""

import time

import numpy as np
import polars as pl
import pytest

from keel.systems.fraud.population import (
    CUSTOMER_DAYS,
    TERMINAL_DAYS,
    compromised_customers,
    compromised_terminals,
)
from keel.systems.fraud.simulate import LARGE_AMOUNT, PATTERNS, Simulation, Size, simulate

SMALL = Size(customers=300, terminals=400, days=60, seed=3)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(SMALL)


def test_the_same_size_gives_the_same_payments(simulation: Simulation) -> None:
    assert simulate(SMALL).payments.equals(simulation.payments)


def test_another_seed_gives_other_payments(simulation: Simulation) -> None:
    other = simulate(Size(SMALL.customers, SMALL.terminals, SMALL.days, seed=4))
    assert not other.payments.head(100).equals(simulation.payments.head(100))


def test_payments_are_in_the_order_of_time_and_numbered(simulation: Simulation) -> None:
    payments = simulation.payments
    assert payments["tx_time"].is_sorted()
    assert payments["tx_id"].to_list() == list(range(len(payments)))


def test_about_two_payments_come_of_each_customer_and_day(simulation: Simulation) -> None:
    expected = SMALL.customers * SMALL.days * 2
    assert 0.85 * expected < len(simulation.payments) < 1.15 * expected


def test_every_payment_above_the_limit_is_fraud_and_some_are(simulation: Simulation) -> None:
    large = simulation.payments.filter(pl.col("amount") > LARGE_AMOUNT)
    assert len(large) > 10
    assert large["is_fraud"].all()


def test_a_payment_is_fraud_exactly_when_a_pattern_is_behind_it(simulation: Simulation) -> None:
    assert np.array_equal(simulation.payments["is_fraud"].to_numpy(), simulation.pattern > 0)
    assert set(np.unique(simulation.pattern)) == set(range(len(PATTERNS)))


def test_all_payments_in_a_compromised_shop_are_fraud_for_28_days(simulation: Simulation) -> None:
    payments = simulation.payments.with_columns(
        pattern=pl.Series(simulation.pattern), day=pl.col("tx_time").dt.ordinal_day()
    )
    struck = payments.filter(pl.col("pattern") == 2)
    spells = struck.group_by("terminal_id").agg(pl.col("day").min(), last=pl.col("day").max())
    for terminal, first, last in spells.iter_rows():
        there = payments.filter(
            (pl.col("terminal_id") == terminal)
            & pl.col("day").is_between(first, last)
            & (pl.col("channel") != "online")
        )
        if last - first < TERMINAL_DAYS:
            assert there["is_fraud"].all()


def test_misused_cards_pay_online_and_five_times_as_much(simulation: Simulation) -> None:
    misused = simulation.payments.filter(pl.Series(simulation.pattern == 3))
    honest = simulation.payments.filter(~pl.col("is_fraud"))
    assert (misused["channel"] == "online").all()
    assert misused["amount"].mean() > 3 * honest["amount"].mean()


def test_columns_that_make_no_sense_for_a_channel_are_missing(simulation: Simulation) -> None:
    online = simulation.payments.filter(pl.col("channel") == "online")
    shop = simulation.payments.filter(pl.col("channel") != "online")
    assert online["distance_km"].is_null().all()
    assert shop["new_device"].is_null().all()
    assert shop["distance_km"].null_count() == 0
    assert online["new_device"].null_count() == 0


def test_no_column_tells_the_pattern(simulation: Simulation) -> None:
    assert not {"pattern", "scenario"} & set(simulation.payments.columns)


@pytest.mark.parametrize("size", [Size(1, 2, 1, 0), Size(3, 2, 2, 1), Size(40, 1, 5, 2)])
def test_tiny_sizes_work(size: Size) -> None:
    assert simulate(size).payments.width == 14


def test_fraud_is_as_frequent_on_the_first_day_as_later() -> None:
    random = np.random.default_rng(0)
    for spells, days in (
        (compromised_terminals, TERMINAL_DAYS),
        (compromised_customers, CUSTOMER_DAYS),
    ):
        share = spells(50_000, 2 * days, random).mean(axis=0)
        assert share[0] == pytest.approx(share[-1], rel=0.25)


def test_a_hundred_thousand_payments_take_less_than_two_seconds() -> None:
    began = time.perf_counter()
    simulation = simulate(Size(customers=1000, terminals=2000, days=52))
    assert len(simulation.payments) > 95_000
    assert time.perf_counter() - began < 2

"""The simulated log shows what its README says, for any size and from a seed."""

import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from keel.systems.logs.simulate import KINDS, NODES, START, Simulation, Size, simulate

SMALL = Size(days=8, requests_per_minute=2.0, seed=3)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(SMALL)


def during(simulation: Simulation, kind: str) -> list[str]:
    """The lines of the incident of this kind."""
    (incident,) = [one for one in simulation.incidents if one.kind == kind]
    return [line for at, line in timed(simulation) if incident.start <= at < incident.end]


def timed(simulation: Simulation) -> list[tuple[datetime, str]]:
    """Lines with the time of the record that they belong to."""
    found: list[tuple[datetime, str]] = []
    for line in simulation.lines:
        head = re.match(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", line)
        found.append((datetime.fromisoformat(head[0]) if head else found[-1][0], line))
    return found


def test_the_same_size_gives_the_same_lines() -> None:
    assert simulate(Size(2, 1.0)).lines == simulate(Size(2, 1.0)).lines
    assert simulate(Size(1, 1.0, seed=4)).lines != simulate(Size(1, 1.0)).lines


def test_lines_are_in_the_order_of_time(simulation: Simulation) -> None:
    times = [at for at, _ in timed(simulation)]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] - START < timedelta(days=SMALL.days, minutes=5)


def test_each_kind_comes_once_a_week_on_a_day_of_its_own(simulation: Simulation) -> None:
    assert sorted(one.kind for one in simulation.incidents) == sorted(KINDS)
    assert [one.start.day for one in simulation.incidents] == list(range(7, 14))
    assert {one.kind for one in simulate(Size(3, 0.1)).incidents} < set(KINDS)
    assert simulate(Size(1, 0.1)).incidents == ()


def test_an_incident_shows(simulation: Simulation) -> None:
    lost = during(simulation, "database lost")
    assert any("database connection lost" in line for line in lost)
    assert any(line.startswith("\tat shop.") for line in lost)
    assert sum("429" in line for line in during(simulation, "retry storm")) > 60
    silent = Counter(
        node
        for line in during(simulation, "silent worker")
        for node in NODES
        if f"[{node}] shop.health" in line
    )
    assert silent["web-2"] == 0
    assert silent["web-1"] >= 20
    memory = [
        float(found[1])
        for line in during(simulation, "full memory")
        if (found := re.search(r"memory ([\d.]+)", line))
    ]
    assert min(memory) > 90
    assert len(during(simulation, "traffic at night")) > 200


def test_without_an_incident_nothing_of_it_shows(simulation: Simulation) -> None:
    first = [line for at, line in timed(simulation) if at < START + timedelta(days=1)]
    assert not any("connection lost" in line or "\tat " in line for line in first)
    assert not any(re.search(r"memory 9\d", line) for line in first)
    assert sum("429" in line for line in first) < 80

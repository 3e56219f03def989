import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from keel.api.app import create_app
from keel.api.front import Front
from keel.api.limits import Limits
from keel.api.metrics import render_metrics
from keel.registry.record import Record
from keel.serve.board import Board
from keel.serve.meters import ANSWERS, Meters
from keel.serve.runtime import Runtime
from keel.store import Store
from keel.train.export.predictor import Prediction
from tiny_systems import add, open_tiny_store, petals, trips

TRIP = {"km": 12, "mode": "tram", "paid": True, "at": "2026-03-01T12:00:00Z"}
NOTHING = Prediction(np.zeros(0))
OF_TRIPS = {"system": "trips", "version": "1", "arm": "champion"}


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return samples(text)[name, frozenset(labels.items())]


@pytest.fixture
def store(tmp_path: Path, make_record: Callable[..., Record]) -> Iterator[Store]:
    opened = open_tiny_store(tmp_path)
    add(opened, "trips", trips(), make_record=make_record)
    add(opened, "held", petals(), make_record=make_record, passes=False)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def ask() -> Callable[..., httpx.Response]:
    async def asked(app: Front, method: str, path: str, **parts: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://keel") as client:
            return await client.request(method, path, **parts)

    return lambda *words, **parts: asyncio.run(asked(*words, **parts))


def test_answers_are_counted_however_they_were_given(store: Store, ask: Any) -> None:
    runtime = Runtime(store.engine, store.blobs)
    runtime.refresh()
    app = create_app(runtime)
    for row in (TRIP, {**TRIP, "km": "12"}, {}):
        ask(app, "POST", "/v1/trips/predict", content=json.dumps(row))
    ask(app, "POST", "/v1/trip/predict", content=b"{}")
    text = ask(app, "GET", "/metrics").text
    assert value(text, "keel_answer_seconds_count", **OF_TRIPS) == 2
    assert value(text, "keel_answer_seconds_bucket", **OF_TRIPS, le="+Inf") == 2
    assert value(text, "keel_answer_seconds_sum", **OF_TRIPS) > 0
    assert value(text, "keel_http_requests_total", status="200") == 2
    assert value(text, "keel_http_requests_total", status="400") == 1
    assert value(text, "keel_http_requests_total", status="404") == 1
    assert value(text, "keel_ready", system="trips") == 1
    assert value(text, "keel_model_bytes", system="trips", version="1") == len(trips().model)
    process = str(os.getpid())
    assert value(text, "keel_process_cpu_seconds_total", process=process) > 0
    assert value(text, "keel_process_resident_memory_bytes", process=process) > 1e6
    assert value(text, "keel_requests_in_work", process=process) == 0


def test_requests_that_are_told_to_come_back_are_counted(store: Store, ask: Any) -> None:
    runtime = Runtime(store.engine, store.blobs)
    runtime.refresh()
    app = create_app(runtime, limits=Limits(most_at_once=0))
    ask(app, "POST", "/v1/trips/predict", content=json.dumps({**TRIP, "km": "12"}))
    text = ask(app, "GET", "/metrics").text
    assert value(text, "keel_rejected_requests_total") == 1


def test_processes_are_summed_and_what_a_dead_one_measured_is_gone(tmp_path: Path) -> None:
    dead, alive = Board(tmp_path), Board()
    dead.cells(ANSWERS, (("system", "a"),), 17)[0] += 2
    dead.cells("in work", (("process", "1"),))[0] = 5
    dead.close()
    alive.cells(ANSWERS, (("system", "a"),), 17)[1] += 1
    alive.cells("in work", (("process", "2"),))[0] = 3
    text = render_metrics([*dead.read(), *alive.read()], [])
    assert value(text, "keel_answer_seconds_count", system="a") == 3
    assert value(text, "keel_answer_seconds_bucket", system="a", le="0.00025") == 2
    assert value(text, "keel_requests_in_work", process="2") == 3
    assert 'process="1"' not in text


def test_bins_are_cut_at_their_upper_edge(store: Store) -> None:
    runtime = Runtime(store.engine, store.blobs)
    runtime.refresh()
    choice, now, meters = runtime.standing("trips").choose("a"), runtime.clock(), Meters()
    for latency_ms in (0.25, 0.251, 10_000, 10_001):
        meters.answered(choice.answered("a", now, TRIP, NOTHING, latency_ms, None))
    text = render_metrics(meters.board.read(), [])
    counts = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "keel_answer_seconds_bucket"
    ]
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (1, 2, 3, 4)


def test_odd_names_are_escaped() -> None:
    board = Board()
    name = 'a"b\\c\nd'
    board.cells("errors", (("system", name),))[0] += 1
    text = render_metrics(board.read(), [])
    assert value(text, "keel_answer_errors_total", system=name) == 1


class KeptLog:
    """A log that counts."""

    waiting = 7

    @property
    def counts(self) -> list[Any]:
        class Count:
            system, version, arm, written, dropped = "a", 2, "champion", 10, 3

        return [Count()]


def test_what_became_of_logged_answers_is_told() -> None:
    meters = Meters()
    meters.look(0, KeptLog())
    text = render_metrics(meters.board.read(), [])
    labels = {"system": "a", "version": "2", "arm": "champion"}
    assert value(text, "keel_answer_log_waiting", process=str(os.getpid())) == 7
    assert value(text, "keel_answer_log_written_total", **labels) == 10
    assert value(text, "keel_answer_log_dropped_total", **labels) == 3

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from keel.serve.shadow_line import MOST_BYTES, ShadowLine, ShadowRequest, shadow_rows
from keel.train.export.ask_options import AskOptions

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def line() -> Iterator[tuple[ShadowLine, ShadowLine]]:
    ends = socket.socketpair(type=socket.SOCK_SEQPACKET)
    yield ShadowLine(ends[0]), ShadowLine(ends[1])
    for end in ends:
        end.close()


def request(number: int, rows: bytes = b"[]") -> ShadowRequest:
    return ShadowRequest("petals", f"r{number}", None, NOON, rows, AskOptions(k=3))


def test_requests_come_out_as_they_went_in(line: tuple[ShadowLine, ShadowLine]) -> None:
    here, there = line
    sent = [request(0, shadow_rows([{"length": 1.5, "note": "é"}])), request(1)]
    for one in sent:
        here.send(one)
    assert [there.receive(1), there.receive(1)] == sent
    assert there.receive(0.01) is None


def test_a_full_line_keeps_nobody_waiting_and_counts_what_it_drops(
    line: tuple[ShadowLine, ShadowLine],
) -> None:
    here, there = line
    for number in range(100_000):
        here.send(request(number))
        if here.dropped:
            break
    assert here.dropped == 1
    assert there.receive(1) == request(0)


def test_what_is_too_large_or_has_nobody_to_go_to_is_dropped(
    line: tuple[ShadowLine, ShadowLine],
) -> None:
    here, there = line
    here.send(request(0, b" " * MOST_BYTES))
    assert here.dropped == 1
    there._end.close()
    here.send(request(1))
    assert here.dropped == 2

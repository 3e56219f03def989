"""Asks a gRPC server as fast as it answers; prints JSON. A program of its own, so that it has a
processor of its own."""

import argparse
import asyncio
import json
import time
from pathlib import Path

import grpc

from serving_load import WARM_UP_S, processor_s

METHOD = "/inference.GRPCInferenceService/ModelInfer"


async def run(given: argparse.Namespace) -> dict[str, float]:
    """What was measured. Requests are the file's bytes, in turn; an answer is not read."""
    requests = [bytes.fromhex(line) for line in given.requests.read_text().split()]
    counting, answered, number = False, 0, 0
    stop_s = float("inf")

    async def ask(call: grpc.aio.UnaryUnaryMultiCallable) -> None:
        nonlocal answered, number
        while time.perf_counter() < stop_s:
            number += 1
            await call(requests[number % len(requests)])
            answered += counting

    channels = [
        grpc.aio.insecure_channel(
            f"127.0.0.1:{given.port}", options=[("grpc.use_local_subchannel_pool", 1)]
        )
        for _ in range(given.connections)
    ]
    calls = [channel.unary_unary(METHOD) for channel in channels]
    asking = [asyncio.create_task(ask(call)) for call in calls for _ in range(given.at_once)]
    await asyncio.sleep(WARM_UP_S)
    before_s, began_s, counting = processor_s(given.pid), time.perf_counter(), True
    await asyncio.sleep(given.seconds)
    counting = False
    wall_s, used_s = time.perf_counter() - began_s, processor_s(given.pid) - before_s
    stop_s = 0.0
    await asyncio.gather(*asking)
    await asyncio.gather(*(channel.close() for channel in channels))
    return {"per_second": answered / wall_s, "per_processor_second": answered / used_s}


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True, help="the server's")
    parser.add_argument("--requests", type=Path, required=True, help="in hexadecimal, one a line")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=8, help="requests of a connection")
    parser.add_argument("--seconds", type=float, default=4.0)
    print(json.dumps(asyncio.run(run(parser.parse_args()))))


if __name__ == "__main__":
    main()

"""The statistics extension of the Open Inference Protocol: what became of requests for tensors.

Source: https://github.com/triton-inference-server/server, docs/protocol/extension_statistics.md.
"""

import msgspec

from keel.serve.infer import find_model
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.serve.statistics import Spent


class Duration(msgspec.Struct, frozen=True):
    """How many requests, and nanoseconds in all."""

    count: int
    ns: int


class InferStatistics(msgspec.Struct, frozen=True):
    """Whole requests that were answered and that failed, and the parts of those answered. None
    waits in a queue and none is answered from a cache."""

    success: Duration
    fail: Duration
    queue: Duration
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration
    cache_hit: Duration
    cache_miss: Duration


class ModelStatistics(msgspec.Struct, frozen=True):
    """Of one version in this process since it started. last_inference: milliseconds since 1970.
    inference_count: rows that were answered; execution_count: requests."""

    name: str
    version: str
    last_inference: int
    inference_count: int
    execution_count: int
    inference_stats: InferStatistics
    batch_stats: list[Duration] = []


class StatisticsAnswer(msgspec.Struct, frozen=True):
    """A version each."""

    model_stats: list[ModelStatistics]


def read_statistics(
    runtime: Runtime, model: str = "", version: str | None = None
) -> StatisticsAnswer:
    """Of what answers for `model`, or of all models. Raises NotFound, NotReady."""
    if model:
        return StatisticsAnswer([_of(runtime, find_model(runtime, model, version))])
    standings = runtime.standings.values()
    return StatisticsAnswer([_of(runtime, s.served) for s in standings if s.served is not None])


def _of(runtime: Runtime, served: Served) -> ModelStatistics:
    known, none = runtime.statistics.of(served), Duration(0, 0)
    return ModelStatistics(
        served.system,
        str(served.number),
        known.last_ms,
        known.rows,
        known.success.count,
        InferStatistics(
            _shown(known.success),
            _shown(known.fail),
            none,
            _shown(known.input),
            _shown(known.infer),
            _shown(known.output),
            none,
            none,
        ),
    )


def _shown(spent: Spent) -> Duration:
    return Duration(spent.count, spent.ns)

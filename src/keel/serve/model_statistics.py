"""The statistics extension of the Open Inference Protocol: what became of requests for tensors.

Source: https://github.com/triton-inference-server/server, docs/protocol/extension_statistics.md.
"""

import msgspec

from keel.serve.infer import find_model
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.serve.statistics import Spent


class InferStatistics(msgspec.Struct, frozen=True):
    """Whole requests that were answered and that failed, and the parts of those answered. None
    waits in a queue and none is answered from a cache."""

    success: Spent
    fail: Spent
    queue: Spent
    compute_input: Spent
    compute_infer: Spent
    compute_output: Spent
    cache_hit: Spent
    cache_miss: Spent


class ModelStatistics(msgspec.Struct, frozen=True):
    """Of one version in this process since it started. last_inference: milliseconds since 1970.
    inference_count: rows that were answered; execution_count: requests."""

    name: str
    version: str
    last_inference: int
    inference_count: int
    execution_count: int
    inference_stats: InferStatistics
    batch_stats: list[Spent] = []


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
    known, none = runtime.statistics.of(served), Spent(0, 0)
    return ModelStatistics(
        served.system,
        str(served.number),
        known.last_ms,
        known.rows,
        known.answered,
        InferStatistics(
            known.success,
            known.fail,
            none,
            Spent(known.answered, known.read_ns),
            Spent(known.answered, known.infer_ns),
            Spent(known.answered, known.write_ns),
            none,
            none,
        ),
    )

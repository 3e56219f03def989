"""Arms of a made-up release, as tests of canaries use them."""

import numpy as np

from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName


def arm(n, seed=0, *, shift=1.5, base=0.1, failing=0.01, slow=1.0, steps=1, **more):
    """n answers whose scores tell classes apart by `shift`, in as many steps of equal size."""
    random = np.random.default_rng(seed)
    label = (random.random(n) < base).astype(np.int64)
    score = 1 / (1 + np.exp(-random.normal(shift * label - 1, 1)))
    step = np.arange(n) * steps // max(n, 1)
    given = {
        "groups": {"sex": random.choice(["f", "m"], n)},
        "latency_ms": slow * random.exponential(size=n),
        "failed": random.random(n) < failing,
        "step": step,
        "request_step": step,
    }
    output = np.stack([1 - score, score], axis=1)
    return Evidence(TaskName.CLASSIFY, output, label, "made up", ("no", "yes"), **{**given, **more})

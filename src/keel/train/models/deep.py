"""What every fit with PyTorch has in common: it is asked for, seeded, stops in time, and leaves no
trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

PATIENCE = 4
"""Rounds without a better one after which learning ends."""

BETTER = 1e-3
"""The share of the best loss by which a better one is below it: gains less than that are bought
with many rounds."""


def lacks_torch() -> str | None:
    """Why nothing can be fitted with PyTorch; None if it can."""
    if find_spec("torch") is None:
        return "PyTorch is not installed: pip install keel-ml[deep]"
    return None


@contextmanager
def torch_fitting(seed: int, threads: int) -> Iterator[None]:
    """Inside, PyTorch draws by this seed and uses so many threads; outside nothing is changed."""
    import torch

    before = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def learn(
    optimizer: Any,
    losses: Callable[[], Iterator[Any]],
    rounds: int,
    held: Callable[[], float] | None = None,
) -> int:
    """Steps down each loss of `losses()`, once per round, and says how many rounds were kept.

    held: the loss of what is not learned from, asked after every round. Learning ends `PATIENCE`
    rounds after the best one, and what was learned is then as it was after that one; None: all
    rounds are made, and kept. A loss that is not finite is never the best.

    Source: Prechelt 1998, Early stopping - but when?, doi:10.1007/3-540-49430-8_3.
    """
    import torch

    tensors = [tensor for group in optimizer.param_groups for tensor in group["params"]]
    best, kept, copies = 1e300, 0, [tensor.detach().clone() for tensor in tensors]
    for number in range(1, rounds + 1):
        for loss in losses():
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if held is None:
            kept = number
            continue
        with torch.no_grad():
            found = held()
        if found < best - BETTER * abs(best):
            best, kept, copies = found, number, [tensor.detach().clone() for tensor in tensors]
        elif number >= kept + PATIENCE:
            break
    if held is not None:
        with torch.no_grad():
            for tensor, copy in zip(tensors, copies, strict=True):
                tensor.copy_(copy)
    return kept


def plain_array(tensor: Any) -> Float32:
    """A tensor's numbers, its own copy."""
    return np.array(tensor.detach().numpy(), dtype=np.float32)

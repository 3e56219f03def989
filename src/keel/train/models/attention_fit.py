"""Layers of self-attention while they are learned."""

from typing import Any

import numpy as np

from keel.train.models.attention import Block, Linear, Norm
from keel.train.models.deep import plain_array

_LINEAR = ("query", "key", "value", "mixed", "wide", "narrow")


def new_block(width: int) -> Any:
    """One layer of so many numbers at each place."""
    from torch import nn

    layers: dict[str, Any] = {name: nn.Linear(width, width) for name in _LINEAR}
    return nn.ModuleDict({**layers, "before": nn.LayerNorm(width), "between": nn.LayerNorm(width)})


def run_block(block: Any, x: Any, hidden: Any, dropout: float) -> Any:
    """[n, L, k] as `Block.apply` gives it, with a share of the numbers dropped out."""
    import torch

    drop = torch.nn.functional.dropout
    rows = block["before"](x)
    scale = x.shape[-1] ** -0.5
    looks = block["query"](rows) @ block["key"](rows).transpose(1, 2) * scale
    share = drop(torch.softmax(looks + hidden, dim=-1), dropout)
    x = x + drop(block["mixed"](share @ block["value"](rows)), dropout)
    bent = block["wide"](block["between"](x)).relu()
    return x + drop(block["narrow"](bent), dropout)


def plain_block(block: Any) -> Block:
    """As plain arrays."""
    linear = {name: plain_linear(block[name]) for name in _LINEAR}
    return Block(before=plain_norm(block["before"]), between=plain_norm(block["between"]), **linear)


def plain_linear(part: Any) -> Linear:
    """A linear layer as plain arrays."""
    return Linear(np.ascontiguousarray(plain_array(part.weight).T), plain_array(part.bias))


def plain_norm(part: Any) -> Norm:
    """A normalisation as plain arrays."""
    return Norm(plain_array(part.weight), plain_array(part.bias))

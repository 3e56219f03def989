"""What a request may ask of single tensors by extensions that are not spoken."""

from collections.abc import Iterable
from typing import Any

_WORDS = {
    "shared_memory_region": "tensors in shared memory: send its data in the request",
    "classification": "the classification extension: ask for the output 'prediction_name'",
}


def not_spoken(what: str, tensors: Iterable[Any]) -> list[str]:
    """A sentence for each. what: `input` or `output`; tensors: with name and parameters."""
    return [
        f"{what} {tensor.name!r} asks for {_WORDS[name]}"
        for tensor in tensors
        if tensor.parameters
        for name in tensor.parameters
        if name in _WORDS
    ]

"""A graph as Triton's model repository describes it."""

from collections.abc import Iterator, Sequence
from typing import Any

import onnxruntime

LABELS = "labels.txt"
TYPES = {
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    "tensor(int32)": "TYPE_INT32",
    "tensor(int64)": "TYPE_INT64",
    "tensor(bool)": "TYPE_BOOL",
    "tensor(string)": "TYPE_STRING",
}


def triton_config(name: str, session: onnxruntime.InferenceSession, labelled: str | None) -> str:
    """`config.pbtxt`. Rows are the first dimension of every tensor, as many as one likes.

    labelled: the output whose numbers have the names in `labels.txt`.
    """
    parts = [f'name: "{name}"', 'backend: "onnxruntime"', "max_batch_size: 0"]
    parts += _tensors("input", session.get_inputs(), None)
    parts += _tensors("output", session.get_outputs(), labelled)
    return "\n".join(parts) + "\n"


def _tensors(what: str, tensors: Sequence[Any], labelled: str | None) -> Iterator[str]:
    for tensor in tensors:
        sizes = ", ".join(str(n if isinstance(n, int) else -1) for n in tensor.shape)
        labels = f'  label_filename: "{LABELS}"\n' if tensor.name == labelled else ""
        yield (
            f'{what} {{\n  name: "{tensor.name}"\n  data_type: {TYPES[tensor.type]}\n'
            f"  dims: [ {sizes} ]\n{labels}}}"
        )

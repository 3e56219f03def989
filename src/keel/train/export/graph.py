"""Builds an ONNX graph node by node, the same bytes for the same calls."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 21
ML_OPSET = 3
IR_VERSION = 10
ML = "ai.onnx.ml"

FLOAT = TensorProto.FLOAT
DOUBLE = TensorProto.DOUBLE
BOOL = TensorProto.BOOL
INT64 = TensorProto.INT64
STRING = TensorProto.STRING


@dataclass(frozen=True)
class TextInput:
    """The two graph inputs of one text column after its codec: `ids` INT64 [n, L] and `weights`
    FLOAT [n, L], padded with id 0 and weight 0. Names of tensors in the graph."""

    ids: str
    weights: str


@dataclass(frozen=True)
class SequenceInput:
    """The graph inputs of a sequence column after its codec: `ids` INT64 [n, L], `weights` FLOAT
    [n, L], 1 where there is an element and 0 for padding, `statistics` FLOAT [n, s]. counts: FLOAT
    [n, width], how often each id is there; column 0 counts the padding as 0. known: see
    `Sequences`."""

    ids: str
    weights: str
    statistics: str
    counts: str
    known: int


@dataclass(frozen=True)
class GraphMatrix:
    """A `Matrix` inside a graph: `dense` FLOAT [n, d], and each text column's ids and weights.

    The ids of all text columns index one table of `Matrix.text.shape[1]` rows.
    """

    dense: str
    width: int
    text: tuple[TextInput, ...] = ()
    sequences: SequenceInput | None = None


class Graph:
    """A graph under construction. Names are numbered in the order of the calls.

    Names of inner tensors begin with `/`, so that an input may bear any column's name: one that
    begins so itself, or is the name of an output, must be given another.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._known: dict[bytes, str] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._held = 1

    def hold(self, numbers: int) -> None:
        """Say that an inner tensor holds so many numbers for each row of the input."""
        self._held = max(self._held, numbers)

    @property
    def held(self) -> int:
        """The most that was said of any inner tensor: what bounds how many rows fit in memory."""
        return self._held

    def input(self, name: str, element_type: int, shape: Sequence[int | str]) -> str:
        """A named input of the graph."""
        self._inputs.append(helper.make_tensor_value_info(name, element_type, list(shape)))
        return name

    def output(self, tensor: str, name: str, element_type: int, shape: Sequence[int | str]) -> None:
        """Let `tensor` be the graph's output `name`."""
        self._nodes.append(helper.make_node("Identity", [tensor], [name], name=f"output_{name}"))
        self._outputs.append(helper.make_tensor_value_info(name, element_type, list(shape)))

    def constant(self, value: NDArray[Any]) -> str:
        """A constant tensor; numbers keep their dtype, text becomes STRING. Shared when equal."""
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        tensor = (
            helper.make_tensor("", STRING, array.shape, [str(v).encode() for v in array.ravel()])
            if array.dtype.kind in "OUT"
            else numpy_helper.from_array(array)
        )
        content = _content(tensor)
        name = self._known.get(content)
        if name is None:
            name = self._known[content] = tensor.name = f"/c{len(self._constants)}"
            self._constants.append(tensor)
        return name

    def float32(self, value: object) -> str:
        """A FLOAT constant."""
        return self.constant(np.asarray(value, dtype=np.float32))

    def float64(self, value: object) -> str:
        """A DOUBLE constant."""
        return self.constant(np.asarray(value, dtype=np.float64))

    def int64(self, value: object) -> str:
        """An INT64 constant."""
        return self.constant(np.asarray(value, dtype=np.int64))

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output and return that tensor's name."""
        return self.nodes(op, *inputs, outputs=1, domain=domain, **attributes)[0]

    def nodes(
        self, op: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Append a node with several outputs and return their names."""
        number = len(self._nodes)
        names = tuple(f"/t{number}_{i}" if outputs > 1 else f"/t{number}" for i in range(outputs))
        self._nodes.append(
            helper.make_node(
                op, list(inputs), list(names), name=f"n{number}", domain=domain, **attributes
            )
        )
        return names

    def model(self) -> bytes:
        """The finished model, checked, serialised deterministically."""
        graph = helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, self._constants
        )
        model = helper.make_model(
            graph,
            producer_name="keel",
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)],
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def _content(tensor: onnx.TensorProto) -> bytes:
    digest = hashlib.sha256(repr((tensor.data_type, tuple(tensor.dims))).encode())
    digest.update(tensor.raw_data)
    for text in tensor.string_data:
        digest.update(len(text).to_bytes(8, "little"))
        digest.update(text)
    return digest.digest()

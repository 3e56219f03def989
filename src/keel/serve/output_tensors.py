"""What a version answers, as the tensors of the Open Inference Protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.errors import RequestError
from keel.spec.nearest import did_you_mean
from keel.train.export.predictor import Prediction
from keel.train.export.signature import Output, Signature

NAMES = Output("prediction_name", "BYTES", (-1,), "name of the predicted class")
ACTIONS = Output("action", "BYTES", (-1,), "what to do, as the declaration says")


@dataclass(frozen=True, eq=False)
class OutputTensor:
    """values: of any float or integer type, or texts as objects; `shape` is the tensor's."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: NDArray[Any]


def outputs_of(signature: Signature) -> tuple[Output, ...]:
    """What can be asked for: the graph's outputs, then names for classes and actions."""
    outputs = list(signature.outputs)
    if signature.classes:
        outputs.append(NAMES)
    if signature.actions:
        outputs.append(ACTIONS)
    return tuple(outputs)


def output_tensors(
    prediction: Prediction, signature: Signature, wanted: Sequence[str] = ()
) -> list[OutputTensor]:
    """The outputs named in `wanted`, in that order; all when it is empty.

    Raises RequestError naming each that there is not.
    """
    outputs = {output.name: output for output in outputs_of(signature)}
    unknown = [name for name in wanted if name not in outputs]
    if unknown:
        raise RequestError(
            "\n".join(f"there is no output {n!r}: {did_you_mean(n, outputs)}" for n in unknown)
        )
    rows = len(prediction.output)
    values = _values(prediction, signature)
    return [
        OutputTensor(
            name,
            outputs[name].datatype,
            # How long a list is, only its request says.
            (rows, *(values[name] if prediction.lists is not None else outputs[name]).shape[1:]),
            values[name],
        )
        for name in (wanted or outputs)
    ]


def _values(prediction: Prediction, signature: Signature) -> Mapping[str, NDArray[Any]]:
    values: dict[str, NDArray[Any]] = {signature.outputs[0].name: prediction.output}
    if prediction.lists is not None:
        ids = np.full(prediction.output.shape, "", dtype=object)
        for row, shown in enumerate(prediction.lists):
            ids[row, : len(shown)] = [one.item for one in shown]
        values[signature.outputs[1].name] = ids
    if prediction.decision is not None:
        values[signature.outputs[1].name] = prediction.decision
        values[NAMES.name] = np.array(signature.classes, dtype=object)[prediction.decision]
    if prediction.action is not None:
        values[ACTIONS.name] = np.array(signature.actions, dtype=object)[prediction.action]
    return values

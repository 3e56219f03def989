"""What the Open Inference Protocol says of a server and of a model: metadata and configuration."""

import msgspec

from keel.about import VERSION
from keel.serve.output_tensors import outputs_of
from keel.serve.served import Served

PLATFORM = "onnxruntime_onnx"
EXTENSIONS = (
    "binary_tensor_data",
    "model_configuration",
    "model_repository",
    "parameters",
    "statistics",
)


class ServerMetadata(msgspec.Struct, frozen=True):
    """The server. extensions: of the protocol, by the names that Triton gives them."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(msgspec.Struct, frozen=True):
    """A tensor of a model. -1 in a shape is the number of rows."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct, frozen=True):
    """A model, the versions of it that answer, and its tensors: one per column."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class TensorConfig(msgspec.Struct, frozen=True):
    """A tensor as Triton's configuration names it. dims: with the number of rows, as -1."""

    name: str
    data_type: str
    dims: list[int]


class Versions(msgspec.Struct, frozen=True):
    """The numbers of versions."""

    versions: list[int]


class VersionPolicy(msgspec.Struct, frozen=True):
    """Which versions answer: the one that is released."""

    specific: Versions


class ModelConfig(msgspec.Struct, frozen=True):
    """A model in the words of Triton's model configuration. max_batch_size: 0, as the number of
    rows is a dimension of every tensor."""

    name: str
    platform: str
    backend: str
    version_policy: VersionPolicy
    max_batch_size: int
    input: list[TensorConfig]
    output: list[TensorConfig]
    default_model_filename: str


def describe_server() -> ServerMetadata:
    """This server."""
    return ServerMetadata("keel", VERSION, list(EXTENSIONS))


def describe_model(served: Served) -> ModelMetadata:
    """A version's tensors."""
    signature = served.signature
    return ModelMetadata(
        served.system,
        [str(served.number)],
        PLATFORM,
        [TensorMetadata(column.name, column.datatype, [-1, 1]) for column in signature.inputs],
        [
            TensorMetadata(output.name, output.datatype, list(output.shape))
            for output in outputs_of(signature)
        ],
    )


def configure_model(served: Served) -> ModelConfig:
    """The same as a configuration."""
    described = describe_model(served)
    return ModelConfig(
        described.name,
        PLATFORM,
        "onnxruntime",
        VersionPolicy(Versions([served.number])),
        0,
        [_config(tensor) for tensor in described.inputs],
        [_config(tensor) for tensor in described.outputs],
        "model.onnx",
    )


def _config(tensor: TensorMetadata) -> TensorConfig:
    kind = "STRING" if tensor.datatype == "BYTES" else tensor.datatype
    return TensorConfig(tensor.name, f"TYPE_{kind}", tensor.shape)

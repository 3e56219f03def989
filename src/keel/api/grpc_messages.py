"""The messages and methods of inference.proto, whose bytes inference.binpb describes."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

SERVICE = "inference.GRPCInferenceService"


@dataclass(frozen=True)
class Method:
    """A method of the service. request, response: classes of messages. streams: both ways."""

    name: str
    request: Any
    response: Any
    streams: bool


@cache
def methods() -> dict[str, Method]:
    """The methods by name.

    Their messages are in a pool of their own: clients that bring the same names, such as Triton's,
    may be loaded into the same process.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message_factory import GetMessageClass

    content = files("keel.api").joinpath("inference.binpb").read_bytes()
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(content).file:
        pool.Add(file)
    return {
        method.name: Method(
            method.name,
            GetMessageClass(method.input_type),
            GetMessageClass(method.output_type),
            method.server_streaming,
        )
        for method in pool.FindServiceByName(SERVICE).methods
    }

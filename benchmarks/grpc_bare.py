"""A gRPC server that reads the same messages, calls ONNX Runtime on the same graph, and does
nothing else. What Keel is held to."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import onnxruntime

from keel.api.grpc_messages import SERVICE, methods

WORKERS = 40


def answer_with(model: Path) -> Any:
    """Answers ModelInfer with a graph of columns."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [tensor.name for tensor in session.get_outputs()]
    inputs = [tensor.name for tensor in session.get_inputs()]
    response = methods()["ModelInfer"].response

    def answer(request: Any, _context: Any) -> Any:
        pairs = zip(request.inputs, request.raw_input_contents, strict=True)
        sent = {
            tensor.name: np.frombuffer(content, np.float32).reshape(tuple(tensor.shape))
            for tensor, content in pairs
        }
        scores, decision = session.run(names, {name: sent[name] for name in inputs})
        answered = response(model_name=request.model_name, model_version="1", id=request.id)
        for name, datatype, values in (
            ("scores", "FP32", scores),
            ("prediction", "INT64", decision),
        ):
            answered.outputs.add(name=name, datatype=datatype, shape=values.shape)
            answered.raw_output_contents.append(values.tobytes())
        return answered

    return answer


def main() -> None:
    """Answer until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True)
    given = parser.parse_args()
    method = methods()["ModelInfer"]
    handler = grpc.unary_unary_rpc_method_handler(
        answer_with(given.model), method.request.FromString, method.response.SerializeToString
    )
    server = grpc.server(ThreadPoolExecutor(WORKERS))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {"ModelInfer": handler}),)
    )
    server.add_insecure_port(f"127.0.0.1:{given.port}")
    server.start()
    sys.exit(server.wait_for_termination())


if __name__ == "__main__":
    main()

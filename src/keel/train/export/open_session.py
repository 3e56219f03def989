"""Loads a graph."""

from pathlib import Path

import onnxruntime

from keel.errors import ArtifactError


def open_session(graph: bytes | Path, threads: int) -> onnxruntime.InferenceSession:
    """A session that answers the same each time. Of a file it holds what it makes of the graph; of
    bytes also these, as long as it lives. Raises ArtifactError."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    try:
        source = graph if isinstance(graph, bytes) else str(graph)
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as cause:  # onnxruntime raises many types, with no common one but this
        raise ArtifactError(
            f"model.onnx cannot be loaded ({cause}); take the version from the registry again"
        ) from cause

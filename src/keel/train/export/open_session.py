"""Loads a graph."""

import onnxruntime

from keel.errors import ArtifactError


def open_session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    """A session that answers the same each time. Raises ArtifactError."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as cause:  # onnxruntime raises many types, with no common one but this
        raise ArtifactError(
            f"model.onnx cannot be loaded ({cause}); take the version from the registry again"
        ) from cause

"""A raw ASGI application: the same JSON, the same graphs, and nothing else. What Keel is held to.

Asked as `POST /SYSTEM`; answers the predicted class and its probability.
"""

import argparse
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime
import uvicorn


def load(model: Path) -> Any:
    """A session that uses one thread, and the names that it wants."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = [tensor.name for tensor in session.get_inputs()]
    return session, inputs, [tensor.name for tensor in session.get_outputs()]


def create_app(folder: Path) -> Any:
    """An application with a session for each `SYSTEM.onnx` of a folder."""
    sessions = {f"/{path.stem}": load(path) for path in sorted(folder.glob("*.onnx"))}
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    async def app(scope: Any, receive: Any, send: Any) -> None:
        session, inputs, outputs = sessions[scope["path"]]
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        row = decode(body)
        values = np.array([row[name] for name in inputs], dtype=np.float32).reshape(-1, 1, 1)
        scores, decision = session.run(outputs, dict(zip(inputs, values, strict=True)))
        content = encode({"prediction": int(decision[0]), "scores": scores[0].tolist()})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def main() -> None:
    """Answer until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--models", type=Path, required=True)
    given = parser.parse_args()
    uvicorn.run(
        create_app(given.models),
        port=given.port,
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        ws="none",
    )


if __name__ == "__main__":
    main()

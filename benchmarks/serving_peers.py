"""Other servers of models, each in an environment of its own that `make bench-peers` installs.

They are given a LightGBM of the same shape, as they load it themselves, and the requests that they
understand. They have no answer log, and MLServer is run in one process, which costs it least.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BARS = {"mlserver": 7.0, "mlflow": 80.0}
"""How many times as many requests Keel answers with a second of the processor."""

_FIT = """
import sys
import lightgbm
import numpy as np

random = np.random.default_rng(0)
table = random.normal(size=(20_000, 30))
label = table[:, 0] + table[:, 1] * table[:, 2] + random.normal(size=20_000) > 1
parameters = {"objective": "binary", "num_threads": 1, "verbose": -1, "learning_rate": 0.05}
booster = lightgbm.train(parameters, lightgbm.Dataset(table, label.astype(int)), 200)
"""
_SAVE = {
    "mlserver": "booster.save_model(sys.argv[1] + '/model.bst')",
    "mlflow": """
import mlflow.lightgbm
import pandas as pd
from mlflow.models import infer_signature

frame = pd.DataFrame(table[:5], columns=[f"x{i}" for i in range(30)])
signature = infer_signature(frame, booster.predict(frame))
mlflow.lightgbm.save_model(booster, sys.argv[1] + "/model", signature=signature)
""",
}


@dataclass(frozen=True)
class Peer:
    """words: the command that serves. path, bodies: of requests."""

    name: str
    words: Sequence[str]
    path: str
    bodies: Path


def installed(folder: Path) -> list[str]:
    """The peers that are there."""
    return [name for name in BARS if (folder / name / "bin" / "python").exists()]


def prepare(
    folder: Path, name: str, home: Path, port: int, rows: Sequence[dict[str, float]]
) -> Peer:
    """A peer's model and settings in `home`."""
    home.mkdir()
    programs = folder / name / "bin"
    fit = [str(programs / "python"), "-c", _FIT + _SAVE[name], str(home)]
    subprocess.run(fit, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asked = home / "bodies.json"
    if name == "mlflow":
        asked.write_text(json.dumps([{"dataframe_records": [row]} for row in rows]))
        words = [str(programs / "mlflow"), "models", "serve", "-m", str(home / "model")]
        words += ["-p", str(port), "--env-manager", "local", "--workers", "1"]
        return Peer(name, words, "/invocations", asked)
    ports = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
    settings = {"host": "127.0.0.1", "parallel_workers": 0, "debug": False, **ports}
    (home / "settings.json").write_text(json.dumps(settings))
    model = {"name": "bench", "implementation": "mlserver_lightgbm.LightGBMModel"}
    model["parameters"] = {"uri": str(home / "model.bst")}
    (home / "model-settings.json").write_text(json.dumps(model))
    asked.write_text(json.dumps([{"inputs": [_tensor(list(row.values()))]} for row in rows]))
    words = [str(programs / "mlserver"), "start", str(home)]
    return Peer(name, words, "/v2/models/bench/infer", asked)


def _tensor(row: list[float]) -> dict[str, object]:
    return {"name": "rows", "shape": [1, len(row)], "datatype": "FP32", "data": row}

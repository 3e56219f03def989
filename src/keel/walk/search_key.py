"""Which finished trials a search may go on from."""

import hashlib
import json
from importlib.metadata import version as library_version

from keel.spec.system import System


def search_key(fingerprint: str, system: System, protocol: str) -> str:
    """Names the folder of finished trials: equal only if the same trial would come out again."""
    declared = system.model_dump(
        mode="json", exclude={"promises", "card", "decide", "description", "strict"}
    )
    for budget in ("trials", "minutes", "refit", "calibration"):
        declared["train"].pop(budget)
    libraries = [library_version(name) for name in ("scikit-learn", "lightgbm", "numpy", "optuna")]
    parts = [fingerprint, declared, protocol, libraries]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]

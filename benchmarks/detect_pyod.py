"""The peer of `detect_tables.py`: PyOD's detectors as they come, run by a Python that has it.

    python detect_pyod.py FOLDER [deep]

prints {"version": ..., "scores": {SET: {DETECTOR: [[...], ...]}}}: the scores of the test rows, one
list for each seed. ECOD and COPOD in PyOD count the rows to score among those that they learn from,
all at once; here each row is scored by itself, so that the distribution is the training rows', and
so only the first of them. `deep` adds the autoencoder. Uses nothing of Keel.
"""

import importlib.metadata
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from pyod.models.copod import COPOD
from pyod.models.ecod import ECOD
from pyod.models.iforest import IForest
from pyod.models.knn import KNN
from pyod.models.lof import LOF
from pyod.models.mcd import MCD
from pyod.models.ocsvm import OCSVM

SEEDS = 5
MOST_ALONE = 2_000
MOST_DEEP = 2_000
"""Rows above which the autoencoder is left out: minutes for each seed."""


def main() -> None:
    """Score every set of the folder."""
    warnings.simplefilter("ignore")
    found = {}
    for path in sorted(Path(sys.argv[1]).glob("*.npz")):
        rows = np.load(path)
        train, test = rows["train"].astype(float), rows["test"].astype(float)
        found[path.stem] = {
            name: [np.asarray(scores).tolist() for scores in answers]
            for name, answers in answers_of(train, test).items()
        }
    print(json.dumps({"version": importlib.metadata.version("pyod"), "scores": found}))


def answers_of(train: np.ndarray, test: np.ndarray) -> dict[str, list[np.ndarray]]:
    """What each detector answers, once for each seed where it draws."""
    plain = {
        "neighbour_distance": KNN(),
        "local_outlier_factor": LOF(novelty=True),
        "robust_covariance": MCD(random_state=0),
        "one_class_svm": OCSVM(),
    }
    found = {name: [model.fit(train).decision_function(test)] for name, model in plain.items()}
    for name, kind in (("ecod", ECOD), ("copod", COPOD)):
        model = kind().fit(train)
        alone = [model.decision_function(row[None])[0] for row in test[:MOST_ALONE]]
        found[name] = [np.array(alone)]
    found["isolation_forest"] = [
        IForest(random_state=seed).fit(train).decision_function(test) for seed in range(SEEDS)
    ]
    if "deep" in sys.argv and len(train) <= MOST_DEEP:
        found["autoencoder"] = [deep(train, test, seed) for seed in range(SEEDS)]
    return found


def deep(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    """The autoencoder, which needs PyTorch."""
    from pyod.models.auto_encoder import AutoEncoder

    model = AutoEncoder(random_state=seed, verbose=0, preprocessing=False)
    return model.fit(train).decision_function(test)


if __name__ == "__main__":
    main()

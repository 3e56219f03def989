"""Whether the exported graph answers like the model it was exported from."""

import msgspec
import numpy as np

from keel.errors import ArtifactError
from keel.spec.kinds import TaskName
from keel.train.matrix import Float32

TOLERANCE = 1e-4


class Parity(msgspec.Struct, frozen=True):
    """The largest difference found on `rows` rows: of probabilities absolute, of values and anomaly
    scores relative to the score or to the spread of all, whichever is larger."""

    rows: int
    largest_difference: float
    tolerance: float
    relative: bool


def check_parity(native: Float32, exported: Float32, task: TaskName) -> Parity:
    """Compare [n, k] scores of the same rows.

    Raises ArtifactError above 1e-4, or where only one of the two is a number, naming the worst
    row.
    """
    relative = task is not TaskName.CLASSIFY
    ours, theirs = native.astype(np.float64), exported.astype(np.float64)
    if ours.shape != theirs.shape:
        raise ArtifactError(
            f"the exported graph answers {theirs.shape} numbers where the model answers "
            f"{ours.shape}: the algorithm's graph is wrong; train with another one"
        )
    difference = np.abs(ours - theirs)
    if relative:
        difference /= np.maximum(np.abs(ours), max(float(np.std(ours)), 1e-12))
    difference[np.isnan(ours) & np.isnan(theirs)] = 0.0
    difference = np.where(np.isnan(difference), np.inf, difference)
    worst = int(difference.max(axis=1).argmax()) if difference.size else 0
    largest = float(difference.max(initial=0.0))
    if not largest <= TOLERANCE:
        wrong = int((difference.max(axis=1) > TOLERANCE).sum())
        raise ArtifactError(
            f"the exported graph differs from the model by {largest:.3g} in row {worst} "
            f"(model {ours[worst].tolist()}, graph {theirs[worst].tolist()}), and in {wrong} of "
            f"{len(ours)} rows by more than the {TOLERANCE:g} that is allowed: "
            "nothing was registered; train with another algorithm"
        )
    return Parity(len(ours), largest, TOLERANCE, relative)

"""Evidence of each group that is large enough to be judged."""

import numpy as np

from keel.metrics.evidence import Evidence
from keel.metrics.prepared import MIN_GROUP


def large_groups(by: str, evidence: Evidence) -> list[tuple[str, Evidence]]:
    """Name and cases of each group of the column `by` with at least 20 cases, by name."""
    names, code = np.unique(evidence.groups[by], return_inverse=True)
    sizes = np.bincount(code)
    return [(str(names[g]), evidence.take(code == g)) for g in np.flatnonzero(sizes >= MIN_GROUP)]

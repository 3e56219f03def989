"""The sizes at which a test without an always-valid form is made, and what each may spend."""

import numpy as np

from keel.metrics.evidence import Floats, Integers

FIRST = 100
GROWTH = 1.5


def look_sizes(size: int, tail: float) -> tuple[Integers, Floats]:
    """[k] sizes of the looks up to `size`, and [k] the chance of a false alarm that each spends.

    Looks are at 100 cases, 150, 225, ...: the same however often one asks. Look j of endlessly
    many spends 1 / (j (j + 1)) of `tail`, so that together they never spend it all.

    Source: spending: Lan and DeMets 1983, doi:10.1093/biomet/70.3.659, with the number of looks as
    time.
    """
    count = 0 if size < FIRST else int(np.log(size / FIRST + 1e-9) / np.log(GROWTH)) + 1
    look = np.arange(1, count + 1)
    sizes = np.ceil(FIRST * GROWTH ** (look - 1.0) - 1e-6).astype(np.int64)
    return sizes[sizes <= size], (tail / (look * (look + 1.0)))[sizes <= size]

"""How the cases came that a detector is decided on."""

from dataclasses import dataclass

import numpy as np

from keel.data.split import Split
from keel.train.search.workbench import Workbench


@dataclass(frozen=True)
class Traffic:
    """How the scored cases came. days: that they span, None without times; share: of the cases on
    those days that were scored."""

    days: float | None
    share: float = 1.0


def read_traffic(bench: Workbench, split: Split) -> Traffic:
    """The days of all validated rows of `split`, of which the workbench scores some."""
    every = np.concatenate([fold.validate for fold in split.folds])
    scored = sum(len(fold.validate) for fold in bench.split.folds)
    share = scored / len(every)
    if bench.examples.time is None:
        return Traffic(None, share)
    times = bench.examples.time[every]
    days = len(np.unique(times[~np.isnat(times)].astype("datetime64[D]")))
    return Traffic(float(days) or None, share)

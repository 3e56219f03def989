"""What every fit of a library has in common: its threads are held, its warnings kept."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np


@dataclass
class Outcome:
    """How a fit went. `converged` is false when the library warned that it stopped early."""

    converged: bool = True


@contextmanager
def fitting(threads: int = 1) -> Iterator[Outcome]:
    """Fit inside this: at most `threads` in BLAS and OpenMP, and no warning reaches the user.

    What multiplies matrices takes one: on tables of some hundred columns a second thread made
    logistic regression and networks four times slower, and one thread fixes the order of summation,
    hence the bytes of the model.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    outcome = Outcome()
    with (
        warnings.catch_warnings(record=True) as caught,
        threadpool_limits(threads),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("always")
        yield outcome
    outcome.converged = not any(issubclass(w.category, ConvergenceWarning) for w in caught)

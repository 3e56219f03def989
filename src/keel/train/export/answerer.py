"""The seam of versions that are ready to answer."""

from collections.abc import Iterable
from typing import Protocol

import polars as pl

from keel.train.export.ask_options import USUAL, AskOptions
from keel.train.export.predictor import Prediction
from keel.train.export.signature import Signature


class Answerer(Protocol):
    """One version in memory. Any number of threads may ask at once."""

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        ...

    def answer(self, rows: pl.DataFrame, options: AskOptions = USUAL) -> Prediction:
        """Answers to n rows of a request. Raises RequestError naming every column that is not
        there, and options that cannot be had."""
        ...

    def unknown(self, items: Iterable[str]) -> int:
        """How many of these items it cannot recommend."""
        ...

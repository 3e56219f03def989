"""What explains the answers of a registered version."""

from pathlib import Path

import polars as pl

from keel.errors import NotFound, RequestError
from keel.evaluate.explainer import Explainer
from keel.registry.artifact import REFERENCE
from keel.train.export.answerer import Answerer
from keel.train.export.predictor import Predictor


def open_explainer(predictor: Answerer, folder: Path) -> Explainer:
    """The explainer of a version that answers by scores of rows.

    Raises RequestError for one that recommends, NotFound for one without rows to compare with.
    """
    if not isinstance(predictor, Predictor):
        raise RequestError("the items of a list have their reasons beside them: ask to predict")
    path = folder / REFERENCE
    if not path.is_file():
        raise NotFound(
            f"the version has no {REFERENCE} to compare a row with: it was registered without one; "
            "train it again"
        )
    return Explainer(predictor, pl.read_ipc(path))

"""Which versions answer a row so quickly that it is done on the spot, without a thread."""

import time

from keel.train.export.answerer import Answerer
from keel.train.export.one_row import OneRow, answers_alone
from keel.train.export.predictor import Predictor

QUICK_S = 1e-3
"""Whoever answers on the spot keeps all others waiting so long at most."""

_CALLS = 5


def quick_row(answerer: Answerer) -> OneRow | None:
    """How a version answers one row on the spot; None where its rows take a table, or too long.

    It is called a few times, with nothing but missing values.
    """
    if not isinstance(answerer, Predictor) or not answers_alone(answerer.signature):
        return None
    one_row = OneRow(answerer.session, answerer.signature)
    empty = dict.fromkeys(column.name for column in answerer.signature.columns)
    return one_row if min(_seconds(one_row, empty) for _ in range(_CALLS)) <= QUICK_S else None


def _seconds(one_row: OneRow, row: dict[str, None]) -> float:
    began_s = time.perf_counter()
    one_row.answer(row)
    return time.perf_counter() - began_s

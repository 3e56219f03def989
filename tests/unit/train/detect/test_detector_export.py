"""A detector as it is served: scores, decisions and actions in one graph."""

import numpy as np
import polars as pl

from keel.batch import answers_frame
from keel.train.export.predictor import Predictor
from tiny_systems import visits

ROWS = pl.DataFrame(
    {"pages": [5.0, 40.0, None], "seconds": [60.0, 60.0, 1e9], "browser": ["fox", "kite", "new"]}
)


def test_scores_decisions_and_actions_belong_together():
    prediction = Predictor(visits()).predict(ROWS)
    assert prediction.output.shape == (3,)
    np.testing.assert_array_equal(prediction.decision, (prediction.output >= 3.0).astype(int))
    expected = (prediction.output >= 3.0).astype(int) + (prediction.output >= 6.0)
    np.testing.assert_array_equal(prediction.action, expected)
    assert prediction.decision.tolist() == [0, 1, 1]


def test_answers_of_a_table_have_the_score_of_the_anomaly():
    predictor = Predictor(visits())
    answers = answers_frame(predictor.predict(ROWS), predictor.signature)
    assert answers.columns == ["prediction", "score anomaly", "action"]
    assert answers["prediction"].to_list() == ["normal", "anomaly", "anomaly"]


def test_answers_of_no_rows_have_the_same_columns():
    predictor = Predictor(visits())
    answers = answers_frame(predictor.predict(ROWS.head(0)), predictor.signature)
    assert answers.columns == ["prediction", "score anomaly", "action"]
    assert len(answers) == 0


def test_wide_inner_tensors_are_answered_in_smaller_batches(monkeypatch):
    predictor = Predictor(visits())
    many = pl.concat([ROWS] * 20)
    at_once = predictor.predict(many).output
    monkeypatch.setattr("keel.train.export.predictor.BATCH_NUMBERS", 7)
    np.testing.assert_array_equal(predictor.predict(many).output, at_once)

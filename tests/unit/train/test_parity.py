import numpy as np
import pytest

from keel.errors import ArtifactError
from keel.spec.kinds import TaskName
from keel.train.export.parity import check_parity

SCORES = np.array([[0.2, 0.8], [0.5, 0.5]], dtype=np.float32)


def test_the_largest_difference_is_told():
    parity = check_parity(SCORES, SCORES + np.float32(3e-5), TaskName.CLASSIFY)
    assert parity.rows == 2
    assert parity.largest_difference == pytest.approx(3e-5, rel=1e-2)


def test_scores_that_differ_are_refused_with_the_worst_row():
    other = SCORES + np.array([[0], [0.67]], dtype=np.float32)
    with pytest.raises(ArtifactError, match=r"by 0.67 in row 1 .* in 1 of 2 rows"):
        check_parity(SCORES, other, TaskName.CLASSIFY)


def test_a_score_that_is_a_number_on_one_side_only_is_refused():
    other = SCORES.copy()
    other[0, 0] = np.nan
    with pytest.raises(ArtifactError, match="in row 0"):
        check_parity(SCORES, other, TaskName.CLASSIFY)


def test_values_are_compared_relative_to_their_size():
    values = np.array([[1e6], [2e6]], dtype=np.float32)
    assert check_parity(values, values + 20, TaskName.REGRESS).relative
    with pytest.raises(ArtifactError):
        check_parity(values, values + 2000, TaskName.REGRESS)


def test_answers_of_another_shape_are_refused():
    with pytest.raises(ArtifactError, match=r"\(2, 1\) numbers where the model answers \(2, 2\)"):
        check_parity(SCORES, SCORES[:, :1], TaskName.CLASSIFY)

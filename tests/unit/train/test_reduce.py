import numpy as np
import pytest
from graph_case import run_scores
from scipy import sparse
from sklearn.decomposition import PCA, TruncatedSVD

from keel.train.encode.reduce import fit_components, fit_projection


def test_components_are_those_of_scikit_learn_up_to_sign():
    block = np.random.default_rng(0).normal(size=(300, 6)) @ np.diag([5, 3, 2, 1, 1, 0.1])
    reduced = fit_components(block.astype(np.float32), 3).transform(block.astype(np.float32))
    expected = PCA(3).fit_transform(block)
    np.testing.assert_allclose(np.abs(reduced), np.abs(expected), rtol=1e-3, atol=1e-3)


def test_a_share_of_variance_settles_how_many_components_there_are():
    block = np.random.default_rng(0).normal(size=(300, 6)) @ np.diag([9, 9, 0.1, 0.1, 0.1, 0.1])
    assert fit_components(block.astype(np.float32), 0.95).directions.shape == (6, 2)


def test_components_come_out_of_the_graph_as_they_do_natively():
    block = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    components = fit_components(block, 4)
    exported = run_scores(block, components.graph)
    np.testing.assert_allclose(exported, components.transform(block), rtol=1e-6, atol=1e-7)


def test_a_projection_spans_the_leading_singular_vectors_and_is_the_same_for_a_seed():
    rng = np.random.default_rng(0)
    topics = rng.random((5, 80)) * (rng.random((5, 80)) < 0.2)
    weights = rng.exponential(size=(200, 5)) * [9, 5, 3, 2, 1]
    text = sparse.csr_matrix((weights @ topics).astype(np.float32))
    ours = fit_projection(text, 5, seed=1)
    theirs = TruncatedSVD(5, algorithm="arpack", random_state=0).fit(text.astype(np.float64))
    lengths = np.linalg.norm(ours.directions, axis=0)
    shared = np.abs(theirs.components_ @ (ours.directions / lengths))
    np.testing.assert_allclose(np.diag(shared), 1, atol=1e-4)
    np.testing.assert_array_equal(ours.directions, fit_projection(text, 5, seed=1).directions)
    assert ours.transform(text).std(axis=0).max() == pytest.approx(1, rel=1e-3)


def test_fewer_texts_than_topics_give_fewer_topics():
    text = sparse.random(4, 80, 0.5, format="csr", random_state=0, dtype=np.float32)
    assert fit_projection(text, 64, seed=1).transform(text).shape == (4, 3)

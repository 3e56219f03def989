"""From what is known of an item to the factors that its users would give it."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.data.histories import Float32
from keel.train.recommend.content import Content

Float64 = NDArray[np.float64]


def map_content(
    content: Content, factors: Float32, used: NDArray[np.bool_], penalty: float
) -> Float32:
    """[items, k] factors of all items by a ridge regression of `factors` [items, k] on the
    content, fitted on those that are `used` [items]. An item of which nothing is known gets the
    mean factors.

    Source: Gantner, Drumond, Freudenthaler, Rendle and Schmidt-Thieme 2010, Learning
    attribute-to-feature mappings for cold-start recommendations, doi:10.1109/ICDM.2010.129.
    """
    features = content.features.astype(np.float64)
    mean = factors[used].astype(np.float64).mean(axis=0)
    center = np.asarray(features[used].mean(axis=0)).ravel()
    known = np.asarray(abs(features).sum(axis=1)).ravel() > 0
    aimed = factors[used] - mean
    weights = _ridge(features[used], center, aimed, penalty)
    mapped = features @ weights - center @ weights
    mapped[~known] = 0.0
    return np.asarray(mapped + mean, dtype=np.float32)


def _ridge(features: sparse.csr_matrix, center: Float64, aimed: Float64, penalty: float) -> Float64:
    """[d, k] weights of features less their center, solved on the shorter side."""
    rows, columns = features.shape
    if columns <= rows:
        products = (features.T @ features).toarray() - rows * np.outer(center, center)
        products[np.diag_indices(columns)] += penalty
        return np.asarray(np.linalg.solve(products, features.T @ aimed))
    along = features @ center
    products = (features @ features.T).toarray() - along[:, None] - along + center @ center
    products[np.diag_indices(rows)] += penalty
    inner = np.linalg.solve(products, aimed)
    return np.asarray(features.T @ inner - np.outer(center, inner.sum(axis=0)))

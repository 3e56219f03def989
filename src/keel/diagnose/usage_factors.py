"""Items as points, close where the same users use them."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from keel.data.interactions import Interactions

FACTORS = 32


def usage_factors(learned: Interactions, seed: int) -> NDArray[np.float64]:
    """[items, k] the leading directions of who used what, each item's of one length; zeros for an
    item without events.

    Users and items are divided by the roots of how often they come, which leaves out what is only
    popularity: the first direction.

    Source: correspondence analysis: Greenacre 1984, Theory and Applications of Correspondence
    Analysis.
    """
    ones = np.ones(len(learned))
    used = sparse.csr_matrix((ones, (learned.user, learned.item)), (learned.users, learned.items))
    used.data[:] = 1.0
    users, items = (np.asarray(used.sum(axis=axis)).ravel().clip(1) for axis in (1, 0))
    scaled = sparse.diags_array(users**-0.5) @ used @ sparse.diags_array(items**-0.5)
    k = min(FACTORS + 1, min(scaled.shape) - 1)
    if k < 2:
        return np.zeros((learned.items, 1))
    start = np.random.default_rng([seed, 3]).normal(size=min(scaled.shape))
    _, size, right = svds(scaled.tocsc(), k=k, v0=start)
    points = right.T[:, np.argsort(-size)][:, 1:] * np.sqrt(items)[:, None]
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.maximum(length, 1e-9) * np.sqrt(points.shape[1]))

"""Of a long list of good items a short one whose items are unlike each other."""

import numpy as np
from scipy import sparse

from keel.data.histories import Float32
from keel.data.interactions import Codes
from keel.train.recommend.item_links import ItemLinks


def rerank(
    items: Codes, scores: Float32, alike: Float32, diversity: float, most: int
) -> tuple[Codes, Float32]:
    """The same N items and scores in another order: the first `most` are picked one by one, each
    the best by (1 - `diversity`) times its score (scaled to 0 to 1 over the list) less `diversity`
    times how alike it is to the most alike of those picked before. The others follow as they came.

    items: [N] codes, the best first, padded with `NOTHING` at the end, which stays there. scores:
    [N], minus infinity where padded. alike: [N, N] from 0 to 1, as of `how_alike`. diversity: 0
    changes nothing; at 1 only the first item still stands for its score.

    Source: Carbonell and Goldstein 1998, The use of MMR, doi:10.1145/290941.291025.
    """
    there = int(np.isfinite(scores).sum())
    if diversity <= 0 or there < 2:
        return items, scores
    held = scores[:there].astype(np.float64)
    spread = float(held.max() - held.min())
    worth = (1 - diversity) * (held - held.min()) / (spread if spread > 0 else 1.0)
    closest = np.zeros(there)
    order = []
    at = int(np.argmax(held))
    for _ in range(min(most, there)):
        order.append(at)
        np.maximum(closest, alike[at, :there], out=closest)
        worth[at] = -np.inf
        at = int(np.argmax(worth - diversity * closest))
    rest = np.ones(len(items), dtype=np.bool_)
    rest[order] = False
    whole = np.concatenate([np.array(order, dtype=np.int64), np.flatnonzero(rest)])
    return items[whole], scores[whole]


def how_alike(items: Codes, links: ItemLinks, labels: sparse.csr_matrix | None = None) -> Float32:
    """[N, N] from 0 to 1: by who uses them, from the links of the model, and by their labels (the
    cosine), in equal parts; by links alone where items have no labels.

    items: [N] codes, `NOTHING` being like none. labels: [all items, g] of 0 and 1.
    """
    strength = links.among(items, items)
    strongest = np.where(items >= 0, links.weight[items, 0], 0.0)
    scaled = strength / np.maximum(strongest, np.float32(1e-30))[:, None]
    by_use = np.maximum(scaled, scaled.T)
    if labels is None or not labels.shape[1]:
        return np.asarray(by_use, dtype=np.float32)
    held = labels[np.maximum(items, 0)].toarray().astype(np.float32)
    held[items < 0] = 0.0
    size = np.sqrt(np.square(held).sum(axis=1, keepdims=True))
    unit = held / np.maximum(size, np.float32(1e-30))
    return np.asarray((by_use + unit @ unit.T) / 2, dtype=np.float32)

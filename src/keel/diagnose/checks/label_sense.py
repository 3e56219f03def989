"""Whether labels of items, such as genres, have to do with what users use."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from keel.diagnose.chance import BAR, surprise_of_z
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped
from keel.diagnose.usage_factors import usage_factors

USED = 5
WELL_USED = 50
"""Events from which on the users of an item say something of its labels."""
FEWEST = 15
CHANCE = 0.55
RELATED = 0.65
"""ROC AUC that labels which say anything of what users use have at least."""
SHOWN = 3

Float64 = NDArray[np.float64]


def look(context: Context) -> Look:
    """Whether users of items with a label use others with it, and which items are least like the
    others with theirs."""
    labels = context.items.labels
    if labels is None or not len(labels.names):
        return skipped("items have no labels, such as genres")
    used = labels.known & (context.items.counts >= USED)
    matrix = labels.matrix.toarray()[used]
    enough = (matrix.sum(axis=0) >= FEWEST) & ((1 - matrix).sum(axis=0) >= FEWEST)
    if not enough.any():
        return skipped("too few used items have labels")
    points = usage_factors(context.events.learned, context.situation.seed)[used]
    scores = _foretold(points, matrix[:, enough], context.situation.seed)
    areas = _areas(scores, matrix[:, enough])
    names = [name for name, kept in zip(labels.names, enough, strict=True) if kept]
    saw = (
        (
            f"from who uses an item its labels follow with a mean ROC AUC of {areas.mean():.2f} "
            f"over {len(areas)} of {labels.column}"
        ),
        _odd(context, np.flatnonzero(used), matrix[:, enough], scores, names),
    )
    size = matrix[:, enough].sum(axis=0)
    # Under no relation the area is normal around a half.
    rest = len(matrix) - size
    spread = np.sqrt((len(matrix) + 1) / (12 * size * rest))
    related = surprise_of_z(float(((areas - 0.5) / spread).sum() / np.sqrt(len(areas))))
    if areas.mean() >= CHANCE or related >= BAR:
        return Look(saw)
    expected = surprise_of_z(float(((RELATED - areas) / spread).sum() / np.sqrt(len(areas))))
    if expected < BAR:
        return Look(saw)
    return Look(saw, (_senseless(saw[0], expected),))


def _senseless(evidence: str, surprise: float) -> Finding:
    return Finding(
        "shuffled item ids",
        Severity.SUSPECT,
        f"{evidence}: labels have nothing to do with what users use",
        "rows of the table of items stand beside other ids: filters, titles and reasons are those "
        "of other items",
        "join the table of items by its key again",
        surprise,
        1.0,
        ("mislabelled items", "wrong neighbourhoods"),
    )


def _odd(
    context: Context,
    items: NDArray[np.int64],
    matrix: Float64,
    scores: Float64,
    names: Sequence[str],
) -> str:
    """The items whose users speak most for a label they lack and against those they have."""
    own = np.where(matrix > 0, scores, np.inf).min(axis=1)
    other = np.where(matrix > 0, -np.inf, scores).max(axis=1)
    odd = np.where(np.isfinite(own) & np.isfinite(other), other - own, -np.inf)
    odd[context.items.counts[items] < WELL_USED] = -np.inf
    told = []
    for place in np.argsort(-odd, kind="stable")[:SHOWN]:
        if np.isfinite(odd[place]):
            has = names[int(np.where(matrix[place] > 0, scores[place], np.inf).argmin())]
            like = names[int(np.where(matrix[place] > 0, -np.inf, scores[place]).argmax())]
            told.append(f"{context.items.name(int(items[place]))} has {has!r}, used like {like!r}")
    return "labels least like those of what the same users use: " + ("; ".join(told) or "none")


def _foretold(points: Float64, matrix: Float64, seed: int) -> Float64:
    """[items, g] how likely each label is, by a ridge regression on the other half of the items."""
    # At random: ids may follow labels.
    fold = np.random.default_rng([seed, 7]).permutation(len(points)) % 2
    scores = np.empty(matrix.shape)
    for part in (0, 1):
        learn, ask = points[fold != part], points[fold == part]
        mean = matrix[fold != part].mean(axis=0)
        square = learn.T @ learn + len(learn) * np.eye(learn.shape[1])
        weights = np.linalg.solve(square, learn.T @ (matrix[fold != part] - mean))
        scores[fold == part] = ask @ weights + mean
    return scores


def _areas(scores: Float64, matrix: Float64) -> Float64:
    """[g] ROC AUC of each label."""
    areas = []
    for label in range(matrix.shape[1]):
        rank = rankdata(scores[:, label])
        held = matrix[:, label] > 0
        above = rank[held].sum() - held.sum() * (held.sum() + 1) / 2
        areas.append(above / (held.sum() * (~held).sum()))
    return np.array(areas)

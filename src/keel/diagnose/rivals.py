"""How a version would answer if something had gone wrong on its way, for each thing that can."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from keel.data.histories import Float32
from keel.diagnose.coded import interactions_of
from keel.diagnose.context import Context
from keel.diagnose.mapping import Mapping, recover
from keel.diagnose.reference import shifted

OFFSETS = (1, -1, 2, -2, 3, -3, 5, -5, 10, -10)
ONE_OFFSET = 0.7
LEAST_MOVED = 0.01


@dataclass(frozen=True, eq=False)
class Rival:
    """kind: of the finding it leads to. how: in words. given: [n, items] answers to the probe.
    share: of the items that it touches."""

    kind: str
    how: str
    given: Float32
    share: float = 1.0


def rivals(context: Context) -> Iterator[Rival]:
    """Each fault as it would answer the probe."""
    yield from _cosine(context)
    yield from _inverted(context)
    mapping = recover(context)
    if mapping is not None:
        yield from _renamed(context, mapping)
    else:
        yield from _offsets(context)


def _cosine(context: Context) -> Iterator[Rival]:
    scorer = context.trial.reference.cosine()
    if scorer is not None:
        how = "with the cosine of user and item in place of their product"
        yield Rival("cosine for dot product", how, context.trial.probe.ask(scorer))


def _inverted(context: Context) -> Iterator[Rival]:
    valued = context.events.trained.filter(
        pl.col("value").is_not_null(), pl.col("item") < context.events.catalogue
    )
    if not len(valued) or valued["value"].n_unique() < 2:
        return
    cut = context.situation.serving.liked
    if cut is None:
        low, high = (
            float(np.asarray(end)) for end in (valued["value"].min(), valued["value"].max())
        )
        cut = (low + high) / 2
    below = valued.filter(pl.col("value") < cut)
    if not len(below):
        return
    users = context.events.trained_users
    disliked = interactions_of(below, users, context.events.catalogue)
    fitted = context.trial.reference.on(disliked)
    if fitted is not None:
        how = f"learned from events with a value below {cut:g} in place of the others"
        yield Rival("inverted rating threshold", how, context.trial.probe.ask(fitted.scores))


def _renamed(context: Context, mapping: Mapping) -> Iterator[Rival]:
    moved = float(
        mapping.moved(context.items.counts).sum() / max(1, (context.items.counts > 0).sum())
    )
    if moved < LEAST_MOVED:
        return
    by, share = mapping.offset(context.items.counts)
    if share >= ONE_OFFSET:
        kind, how = "train/serve id offset", f"with ids {by:+d} from those it learned"
    else:
        kind, how = "shuffled item ids", f"with {moved:.0%} of the items behind other ids"
    given = _ask(context, mapping)
    yield Rival(kind, how, given, moved)


def _offsets(context: Context) -> Iterator[Rival]:
    own = np.arange(context.events.catalogue)
    for by in OFFSETS:
        to = (own + by) % context.events.catalogue
        for into, out, where in (
            (to, to, "in histories and answers"),
            (to, own, "in histories"),
            (own, to, "in answers"),
        ):
            how = f"with ids {by:+d} from those it learned {where}"
            yield Rival("train/serve id offset", how, _ask(context, Mapping(into, out)))


def _ask(context: Context, mapping: Mapping) -> Float32:
    shown = shifted(context.trial.probe.shown, mapping.into)
    scores = context.trial.reference.fitted.scores

    return context.trial.probe.ask(lambda histories: scores(histories)[:, mapping.out], shown)
